import type { HLJSApi } from 'highlight.js';
import { own } from '../../party/own';
import { escapeHtml } from './diagram';

const LANGUAGES: Record<string, string> = {
  ts: 'typescript',
  js: 'javascript',
  yaml: 'yaml',
  yml: 'yaml',
  sh: 'bash',
  json: 'json',
  css: 'css',
  diff: 'diff',
};

let core: HLJSApi | undefined;

/** Code as HTML, its words in spans with classes; as it is in a language that is not known here. */
export function highlighted(code: string, language: string): string {
  const name = own(LANGUAGES, language);
  if (name === undefined) return escapeHtml(code);
  core ??= require('highlight.js/lib/core') as HLJSApi;
  if (!core.getLanguage(name)) core.registerLanguage(name, require(`highlight.js/lib/languages/${name}`));
  return core.highlight(code, { language: name }).value;
}
