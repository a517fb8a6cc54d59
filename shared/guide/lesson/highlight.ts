import type { ShjLanguageData, ShjToken } from '@speed-highlight/core';
import { own } from '../../lib/own';
import { escapeHtml } from './diagram';

/** The grammars of the languages in lessons and in the learner's files. */
const LANGUAGES: Record<string, string> = {
  ts: 'ts',
  js: 'js',
  yaml: 'yaml',
  yml: 'yaml',
  sh: 'bash',
  json: 'json',
  css: 'css',
  diff: 'diff',
};

type Tokenizer = typeof import('@speed-highlight/core/tokenize').tokenizer;

let tokenizer: Tokenizer | undefined;

/** Code as HTML, with classes for its tokens; unchanged in an unknown language. */
export function highlighted(code: string, language: string): string {
  const name = own(LANGUAGES, language);
  if (name === undefined) return escapeHtml(code);
  tokenizer ??= require('@speed-highlight/core/tokenize').tokenizer as Tokenizer;
  let html = '';
  const add = (text: string, token?: ShjToken) => {
    html += token ? `<span class="code-${token}">${escapeHtml(text)}</span>` : escapeHtml(text);
  };
  const steps = tokenizer(code, name, add);
  let step = steps.next();
  while (!step.done) step = steps.next(grammar(step.value));
  return html;
}

/** Our rules for YAML: the library's take `read` in `read:appointments` for a key, an apostrophe for a string,
 * and each # for a comment. */
const YAML: ShjLanguageData = [
  { type: 'cmnt', match: /(?<=^|\s)#.*/gm },
  { type: 'str', match: /(?<=^|[\s[{,])(["'])(?:\\.|(?!\1)[^\r\n\\])*\1/gm },
  { type: 'var', match: /[\w-]+(?=:(?:\s|$))/gm },
  { type: 'bool', match: /(?<=[:,[-]\s*)\b(?:true|false|null)(?=\s*(?:$|[,\]}]|\s#))/gm },
  { type: 'num', match: /(?<=[:,[-]\s+)-?\d[\d.]*(?=\s*(?:$|[,\]}]|\s#))/gm },
];

/** A language's grammar, or that of a part of it, such as comments. Loaded when first needed. */
const grammar = (name: string): ShjLanguageData =>
  name === 'yaml' ? YAML : (require(`@speed-highlight/core/languages/${name}.js`).default as ShjLanguageData);
