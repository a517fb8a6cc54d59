/** A piece of a text: words, or code between backticks. */
export interface Span {
  text: string;
  code: boolean;
}

/** Splits a text at its code spans (CommonMark 0.31, section 6.1): as many backticks end a span as begin it, so that code
 * with a backtick is between two of them. A backtick without its partner is a word. */
export function codeSpans(text: string): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const { index, 0: whole, groups } of text.matchAll(
    /(?<!`)(?<ticks>`+)(?!`)(?<code>.+?)(?<!`)\k<ticks>(?!`)/g,
  )) {
    if (index > at) spans.push({ text: text.slice(at, index), code: false });
    spans.push({ text: groups?.code ?? '', code: true });
    at = index + whole.length;
  }
  if (at < text.length) spans.push({ text: text.slice(at), code: false });
  return spans;
}
