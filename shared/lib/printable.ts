/**
 * Characters that a terminal does not show as they are: control characters (C0, DEL, C1), which may move the cursor or begin a line;
 * those of no width, and those that turn the direction of what follows (https://trojansource.codes); separators of lines and
 * paragraphs; halves of surrogate pairs; and letters that are blank.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0]/gu;
/** The same, without the end of a line and the tab. */
const UNSEEN_IN_LINES = new RegExp(`(?![\\n\\t])${UNSEEN.source}`, 'gu');
/** A colour or another style of letters (ECMA-48, SGR): nothing else that a program may send to a terminal leaves the cursor alone. */
const STYLE = /\u001b\[[\d;:]*m/;

/** A text that somebody sent as it may stand in a line: what a terminal does not show is written as in JSON, e.g. `\n`, `\u001b`. */
export const printable = (text: string): string => text.replace(UNSEEN, escaped);

/** The same for a text of several lines: the ends of lines, and tabs, stay. */
export const printableLines = (text: string): string =>
  text.replaceAll('\r\n', '\n').replace(UNSEEN_IN_LINES, escaped);

/**
 * What a program of the learner's own printed: as `printableLines`, but its colours stay too, and end with their line. A carriage return
 * alone ends a line.
 */
export function printableOutput(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const shown = lines.map((line) => {
    const parts = line.split(new RegExp(`(${STYLE.source})`));
    if (parts.length === 1) return printableLines(line);
    return `${parts.map((part, i) => (i % 2 === 1 ? part : printableLines(part))).join('')}\u001b[0m`;
  });
  return shown.join('\n');
}

/** A value that somebody sent, for a log: in quotes where it has a space or anything else by which it could be taken for more. */
export function logValue(value: string): string {
  if (value !== '' && !/[\s"\\=]/.test(value) && printable(value) === value) return value;
  return quoted(value);
}

/** A value that somebody wrote, in double quotes, for a message. */
export const quoted = (value: string): string => `"${printable(value.replace(/["\\]/g, '\\$&'))}"`;

const SHORT = new Map([
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\f', '\\f'],
  ['\r', '\\r'],
]);

/** By code units, as JSON has it. */
const escaped = (character: string): string =>
  SHORT.get(character) ??
  Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
