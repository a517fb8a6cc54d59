import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { commandContext } from '../../lib/command-context';
import { printable } from '../../lib/printable';
import { out, outJson } from '../../lib/terminal';
import { myAppData } from '../my-app';
import type { Status } from '../status';

export function addStatus(program: Command): void {
  program
    .command('status')
    .description(
      'prints one line for each learner: step, tasks done, current task and its start, hints, solutions, first finding of the last check',
    )
    .argument('[folders...]', 'other checkouts, or a folder of checkouts (default: yours)')
    .option('--json', 'print the status as JSON')
    .action(status);
}

function status(folders: string[], { json }: { json?: boolean }) {
  const { NOT_BEGUN, statusOf } = require('../status') as typeof import('../status');
  // npm runs a script in the package's folder; INIT_CWD is where it was called.
  const { env, cwd } = commandContext();
  const from = env.INIT_CWD ?? cwd;
  const wanted = folders.map((name) => path.resolve(from, name));
  const all = wanted.flatMap(statusOf);
  if (wanted.length === 0)
    all.push(
      ...(fs.existsSync(myAppData()) ? statusOf(myAppData()) : [{ folder: myAppData(), problem: NOT_BEGUN }]),
    );
  if (json) return outJson(all);
  const names = all.map(({ folder }) =>
    folder === myAppData() ? 'you' : plain(path.relative(from, folder) || '.'),
  );
  const width = Math.max(...names.map((name) => name.length));
  const now = Date.now();
  const lines = all.map((one, i) => `${names[i]?.padEnd(width)}  ${line(one, now)}\n`);
  out(lines.join(''));
}

function line({ problem, step, done, of, inHand, ...more }: Status, now: number): string {
  const { hints = {}, solutions = [], caughtUp = [], found, interrupted } = more;
  const since = inHand?.since === undefined ? '' : ` since ${when(inHand.since, now)}`;
  const count = Object.entries(hints).map(([task, n]) => `${task} ${n}`);
  const parts = [
    problem,
    step !== undefined && of !== undefined && `step ${String(step).padStart(2, '0')}, ${done} of ${of}`,
    of !== undefined && (inHand ? `at ${inHand.task} ${inHand.title}${since}` : 'done'),
    count.length > 0 && `hints: ${count.join(', ')}`,
    solutions.length > 0 && `solutions: ${solutions.join(', ')}`,
    caughtUp.length > 0 && `caught up: ${caughtUp.join(', ')}`,
    interrupted && `"${interrupted}" was interrupted`,
    found && `${found.check} (${found.diagnosis}): ${found.cause}`,
  ];
  return plain(parts.filter(Boolean).join('; '));
}

/** The file may be somebody else's: keeps one line one line. */
const plain = (text: string) => printable(text.replace(/\s+/g, ' '));

/** The time, with the day if it is another day, or the minutes since. */
function when(iso: string, now: number): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return 'an unknown time';
  const minutes = Math.round((now - at.getTime()) / 60_000);
  const time = at.toTimeString().slice(0, 5);
  const sameDay = at.toDateString() === new Date(now).toDateString();
  return sameDay ? `${time} (${minutes} min)` : `${at.toISOString().slice(0, 10)} ${time}`;
}
