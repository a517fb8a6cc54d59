/** What a terminal does not show as it is: control characters (C0, DEL, C1), characters without width or that change
 * the direction (https://trojansource.codes), separators, halves of surrogate pairs, blank letters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0]/gu;
/** The same, without line feed and tab. */
const UNSEEN_IN_LINES = new RegExp(`(?![\\n\\t])${UNSEEN.source}`, 'gu');
/** A colour or style (ECMA-48, SGR): the only sequences that leave the cursor alone. */
const STYLE = /\u001b\[[\d;:]*m/;

/** A text from outside for one line: what a terminal does not show is written as in JSON, e.g. `\n`, `\u001b`. */
export const printable = (text: string): string => text.replace(UNSEEN, escaped);

/** The same for several lines: keeps line feeds and tabs. */
export const printableLines = (text: string): string =>
  text.replaceAll('\r\n', '\n').replace(UNSEEN_IN_LINES, escaped);

/** Output of the learner's program: as `printableLines`, but with colours, which end with their line.
 * A carriage return alone ends a line. */
export function printableOutput(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const shown = lines.map((line) => {
    const parts = line.split(new RegExp(`(${STYLE.source})`));
    if (parts.length === 1) return printableLines(line);
    return `${parts.map((part, i) => (i % 2 === 1 ? part : printableLines(part))).join('')}\u001b[0m`;
  });
  return shown.join('\n');
}

/** A value from outside for a log: in quotes if it has a space or another character that could separate fields. */
export function logValue(value: string): string {
  if (value !== '' && !/[\s"\\=]/.test(value) && printable(value) === value) return value;
  return quoted(value);
}

/** A value from outside, in double quotes, for a message. */
export const quoted = (value: string): string => `"${printable(value.replace(/["\\]/g, '\\$&'))}"`;

const SHORT = new Map([
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\f', '\\f'],
  ['\r', '\\r'],
]);

/** By code units, as in JSON. */
const escaped = (character: string): string =>
  SHORT.get(character) ??
  Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
