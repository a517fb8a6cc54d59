import { commandContext } from './command-context';
import { printableLines, printableOutput } from './printable';

/** Each party has one colour everywhere; in a terminal they are the nearest of its 256. */
const COLOURS = { app: 98, tenant: 166, api: 30, social: 162, saml: 29 } as const;

/**
 * Puts a party's name before each line, in its colour where the terminal shows colours (NO_COLOR is respected).
 *
 * @param text may hold what was sent to the party. Of the app's own colours nothing is taken away; what could move the cursor is shown
 *   escaped.
 */
export function prefixed(party: keyof typeof COLOURS, text: string): string {
  const { stderr, env } = commandContext();
  const colours = stderr.isTTY && !env.NO_COLOR;
  const name = party.padEnd(6);
  const shown = colours ? `\u001b[38;5;${COLOURS[party]}m${name}\u001b[39m` : name;
  const harmless = party === 'app' ? printableOutput(text) : printableLines(text);
  return harmless.replace(/^(?=.)/gm, `${shown}  `);
}
