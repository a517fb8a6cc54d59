import type { ShjLanguageData, ShjToken } from '@speed-highlight/core';
import { own } from '../../lib/own';
import { escapeHtml } from './diagram';

/** The grammar for each language of the lessons' code and of the learner's files. */
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

/** Code as HTML, its words in spans with classes; as it is in a language that is not known here. */
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

/**
 * YAML's own rules, since those of the library take `read` in `read:appointments` and `http` in an address for keys, each apostrophe
 * for the beginning of a string, and each # for that of a comment.
 */
const YAML: ShjLanguageData = [
  { type: 'cmnt', match: /(?<=^|\s)#.*/gm },
  { type: 'str', match: /(?<=^|[\s[{,])(["'])(?:\\.|(?!\1)[^\r\n\\])*\1/gm },
  { type: 'var', match: /[\w-]+(?=:(?:\s|$))/gm },
  { type: 'bool', match: /(?<=[:,[-]\s*)\b(?:true|false|null)(?=\s*(?:$|[,\]}]|\s#))/gm },
  { type: 'num', match: /(?<=[:,[-]\s+)-?\d[\d.]*(?=\s*(?:$|[,\]}]|\s#))/gm },
];

/** A language's grammar: the code's own, or that of a part within, as comments and regular expressions have. Read when first needed. */
const grammar = (name: string): ShjLanguageData =>
  name === 'yaml' ? YAML : (require(`@speed-highlight/core/languages/${name}.js`).default as ShjLanguageData);
