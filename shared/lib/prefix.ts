import { commandContext } from './command-context';
import { printableLines, printableOutput } from './printable';

/** Each party has the same colour everywhere; these are the nearest of a terminal's 256. */
const COLOURS = { app: 98, tenant: 166, api: 30, social: 162, saml: 29 } as const;

/** Puts a party's name before each line, in its colour if the terminal shows colours (NO_COLOR is respected).
 * @param process the number of the process, if several of the app run.
 * @param text may contain what a client sent; only the own colours of the learner's programs are left unescaped. */
export function prefixed(party: keyof typeof COLOURS, text: string, process?: number): string {
  const { stderr, env } = commandContext();
  const colours = stderr.isTTY && !env.NO_COLOR;
  const name = (process === undefined ? party : `${party} ${process}`).padEnd(6);
  const shown = colours ? `\u001b[38;5;${COLOURS[party]}m${name}\u001b[39m` : name;
  const harmless = party === 'app' || party === 'api' ? printableOutput(text) : printableLines(text);
  return harmless.replace(/^(?=.)/gm, `${shown}  `);
}
