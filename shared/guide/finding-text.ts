import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../lib/places';
import { myApp } from '../workshop/my-app';
import { type FileLink, fileLink } from './file-link';

/** A piece of a finding: words, a place in the learner's app, or an address with its parameters. */
export type Piece = { words: string } | { place: FileLink } | { address: string; parameters: string[] };

/** An address with at least two parameters, without the end of the sentence, or a file with a line.
 * The numbers bound the work for a text with many incomplete addresses. */
const ADDRESS_OR_PLACE =
  /(?<address>https?:\/\/[^\s?]{1,2000}\?[^\s&]{1,2000}&\S*?(?=[:;,.]?(?:\s|$)))|(?<![\w./-])(?<file>[\w-][\w./-]*\.(?:ts|pug|css|yaml|json)):(?<line>\d+)\b/g;

/** Splits a text, so that a page can show addresses and places in their own way. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(ADDRESS_OR_PLACE)) {
    const piece = pieceOf(found.groups ?? {});
    if (!piece) continue;
    if (found.index > at) pieces.push({ words: text.slice(at, found.index) });
    pieces.push(piece);
    at = found.index + found[0].length;
    // The page shows an address as a block, so punctuation after it has no use.
    if ('address' in piece) at += /^[:;,]?\s*/.exec(text.slice(at))?.[0].length ?? 0;
  }
  if (at < text.length) pieces.push({ words: text.slice(at) });
  return pieces;
}

function pieceOf({ address, file, line }: Record<string, string | undefined>): Piece | undefined {
  if (address !== undefined) {
    const [start = '', query = ''] = address.split(/\?(.*)/s);
    return { address: start, parameters: query.split('&') };
  }
  const whole = path.join(myApp(), file ?? '');
  if (!whole.startsWith(myApp() + path.sep) || !fs.existsSync(whole)) return undefined;
  return { place: { ...fileLink(whole, Number(line)), text: `${file}:${line}` } };
}

/** Why no check can run, line by line: the mistakes of tenant.yaml, each with its place. */
export function refusalLines(message: string): { words: string; place?: FileLink }[] {
  return message.split('\n').flatMap((line) => {
    const [, file, at, words = ''] = /^\s*(\S.*?\.(?:yaml|js|json)):(\d+)\s+(.*)$/.exec(line) ?? [];
    if (file === undefined) return line.trim() === '' ? [] : [{ words: line.trim() }];
    return [{ words, place: fileLink(path.resolve(ROOT, file), Number(at)) }];
  });
}
