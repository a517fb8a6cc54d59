import ts from 'typescript';

/** A piece of text that users read, with the number of its line, from 1. */
export interface Prose {
  line: number;
  text: string;
}

/** Longest line of prose, in characters. */
export const LINE = 120;

/** What is no prose inside a line: code, the target of a link, an address, a tag. */
const withoutCode = (line: string) =>
  line
    .replace(/(`+).+?\1/g, '`…`')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(/https?:\/\/\S+/g, '…')
    .replace(/<[^>]*>/g, '');

/** The lines of a Markdown file that are no code; a row of a table is one of them. */
function linesOf(markdown: string): Prose[] {
  let fence: string | undefined;
  return markdown.split('\n').flatMap((text, i) => {
    const [, mark] = /^[\s>]*(```+|~~~+)/.exec(text) ?? [];
    if (mark === undefined) return fence === undefined ? [{ line: i + 1, text }] : [];
    if (fence === undefined) fence = mark;
    else if (mark === fence) fence = undefined;
    return [];
  });
}

/** The sentences of a Markdown file: each paragraph, item, heading and cell of a table as one text. */
export function proseInMarkdown(markdown: string): Prose[] {
  const all: Prose[] = [];
  let before = -1;
  for (const { line, text } of linesOf(markdown)) {
    const last = all.at(-1);
    const own = withoutCode(text).trim();
    if (own.startsWith('|')) {
      for (const cell of own.split(/(?<!\\)\|/)) all.push({ line, text: cell.trim() });
      before = -1;
    } else if (own === '') before = -1;
    else if (last && before === line - 1 && !/^([-*>#]|\d+\.) ?/.test(own)) {
      last.text += ` ${own}`;
      before = line;
    } else {
      all.push({ line, text: own.replace(/^([-*>]|#+|\d+\.) /, '') });
      before = own.startsWith('#') ? -1 : line;
    }
  }
  return all;
}

/** The lines of a Markdown file that are too long. Tables, code, headings, addresses and alternative texts may be long. */
export const longLines = (markdown: string): Prose[] =>
  linesOf(markdown).filter(
    ({ text }) =>
      !/^\s*[|#]/.test(text) &&
      text.replace(/!\[[^\]]*\]|\]\([^)]*\)|https?:\/\/\S+|<[^>]*>/g, '').length > LINE,
  );

const isProse = (text: string) => /[a-z].* .* [a-z]/i.test(text);

/** The strings of a program that are sentences. What a template fills in is `…`. */
export function proseInSource(source: string): Prose[] {
  const file = ts.createSourceFile('prose.ts', source, ts.ScriptTarget.Latest);
  const all: Prose[] = [];
  const add = (node: ts.Node, text: string) => {
    if (isProse(text)) all.push({ line: file.getLineAndCharacterOfPosition(node.pos).line + 1, text });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) add(node, node.text);
    else if (ts.isTemplateExpression(node))
      add(
        node,
        [node.head, ...node.templateSpans.map(({ literal }) => literal)].map(({ text }) => text).join('…'),
      );
    ts.forEachChild(node, visit);
  };
  visit(file);
  return all;
}

/** The words of a view. Of tags and code only what is in quotes is for readers. */
export const proseInPug = (view: string): Prose[] =>
  view.split('\n').flatMap((line, i) => {
    const [code = ''] =
      /^\s*(-|\/\/|if|else|each|case|when|mixin|include|extends|block|\+|unless|!=|=)?/.exec(line) ?? [];
    const [tag = ''] = code.trim()
      ? [line]
      : (/^\s*[\w.#-]*(\((?:'[^']*'|"[^"]*"|`[^`]*`|[^'"`)])*\))?(=.*)?:?/.exec(line) ?? []);
    const quoted = [...tag.matchAll(/'([^']*)'|"([^"]*)"|`([^`]*)`/g)].map(
      ([, a, b, c]) => a ?? b ?? c ?? '',
    );
    const own = line
      .slice(tag.length)
      .replace(/[#!][{[][^\]}]*[\]}]/g, '…')
      .trim()
      .replace(/^\| ?/, '');
    return [...quoted.filter(isProse), own].filter(Boolean).map((text) => ({ line: i + 1, text }));
  });

/** All strings of parsed YAML. */
export const stringsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(stringsIn)
      : [];
