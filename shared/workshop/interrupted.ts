import path from 'node:path';
import { ROOT } from '../lib/places';
import { err } from '../lib/terminal';
import { isLocked } from './lock';
import { myApp } from './my-app';
import { peekProgress } from './progress';

/** Warns on standard error if a command was killed while it changed my-app/, since the next one meets half of its work.
 * @param command the one that begins now; `undo` needs no advice. */
export async function reportInterrupted(command: string): Promise<void> {
  const { unfinished } = peekProgress() ?? {};
  if (!unfinished || (await isLocked())) return;
  const { command: killed, copy } = unfinished;
  const before = `${path.relative(ROOT, myApp()) || myApp()} from before it is copy ${copy}: npm run workshop undo ${copy}`;
  const again = /^undo\b/.test(killed) ? 'To finish it: npm run workshop undo. ' : '';
  const advice = command === 'undo' ? '' : ` ${again}${before}`;
  err(`The command "${killed}" was interrupted, so my-app may be changed in part.${advice}\n`);
}
