import { commandContext } from './command-context';
import { printable, printableLines } from './printable';

/**
 * Writes to standard output and standard error. All that the workshop prints goes through here, except what it paints itself: a name, a
 * file or an answer in it may hold what would move the cursor, hide text, or be taken for a line of the workshop's own.
 */
export const out = (text: string): boolean => commandContext().stdout.write(printableLines(text));
export const err = (text: string): boolean => commandContext().stderr.write(printableLines(text));

/** A value as one line of JSON on standard output. */
export const outJson = (value: unknown): boolean =>
  commandContext().stdout.write(`${printable(JSON.stringify(value))}\n`);
