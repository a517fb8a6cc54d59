import fs from 'node:fs';
import path from 'node:path';
import { myApp } from '../workshop/my-app';
import { type FileLink, fileLink } from './file-link';

/** A piece of what a check or an app tells: words, a place in the learner's app, or an address whose parameters one wants to tell apart. */
export type Piece = { words: string } | { place: FileLink } | { address: string; parameters: string[] };

/**
 * An address with at least two parameters, without what ends the sentence; or a file with a line. The numbers bound the work where many
 * addresses begin and none is whole.
 */
const TELLING =
  /(?<address>https?:\/\/[^\s?]{1,2000}\?[^\s&]{1,2000}&\S*?(?=[:;,.]?(?:\s|$)))|(?<![\w./-])(?<file>[\w-][\w./-]*\.(?:ts|pug|css|yaml|json)):(?<line>\d+)\b/g;

/** Takes addresses and places out of a text, so that a page can show each in its own way. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(TELLING)) {
    const piece = pieceOf(found.groups ?? {});
    if (!piece) continue;
    if (found.index > at) pieces.push({ words: text.slice(at, found.index) });
    pieces.push(piece);
    at = found.index + found[0].length;
    // An address stands in a block of its own: what would join it to the words after it joins nothing.
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
  const { href } = fileLink(whole, Number(line));
  return { place: { href, text: `${file}:${line}` } };
}
