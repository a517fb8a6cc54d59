/** A piece of what a check or an app tells: words, or an address whose parameters a person wants to tell apart. */
export type Piece = { words: string } | { address: string; parameters: string[] };

/** An address with at least two parameters; what ends the sentence is no part of it. */
const ADDRESS = /https?:\/\/[^\s?]+\?[^\s&]+&\S*?(?=[:;,.]?(?:\s|$))/g;

/** Takes long addresses out of a text, so that each of their parameters can stand on a line of its own. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const [address = '', query = ''] = found[0].split(/\?(.*)/s);
    if (found.index > at) pieces.push({ words: text.slice(at, found.index) });
    pieces.push({ address, parameters: query.split('&') });
    at = found.index + found[0].length;
  }
  const rest = text.slice(at).replace(/^[:;,]\s*/, (sign) => (pieces.length > 0 ? '' : sign));
  if (rest !== '') pieces.push({ words: rest });
  return pieces;
}
