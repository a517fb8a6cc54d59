import { commandContext } from './command-context';
import { printable, printableLines } from './printable';

/** Everything that the workshop prints goes through here, because a name, a file or an answer in it could move the
 * cursor, hide text, or look like a line of the workshop. */
export const out = (text: string): boolean => commandContext().stdout.write(printableLines(text));
export const err = (text: string): boolean => commandContext().stderr.write(printableLines(text));

/** A value as one line of JSON on standard output. */
export function outJson(value: unknown): void {
  commandContext().stdout.write(`${printable(JSON.stringify(value))}\n`);
}
