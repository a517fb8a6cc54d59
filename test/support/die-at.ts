import fs from 'node:fs';
import path from 'node:path';
import { fillMyApp, sameTree, snapshot } from './learner';

/**
 * A program of its own, EVERY MOVE:FAULT...: does each move to my-app/ (MY_APP) again and again, and lets it fail at each of its changes to the disk in turn.
 *
 * kill: from there on nothing changes any more, as if the process had been killed between two system calls, or within a write.
 * full: from there on nothing can be written; what is being written remains half there.
 * refused: that one change is not allowed.
 * no-links: each link is refused, with one of the codes that systems have for that, in turn.
 *
 * An undo that was hit is done once more as well: that must bring back what the first one was to bring.
 *
 * Prints {"move", "fault", "points", "lost", "notBack", "unclear", "wrongWay"} as a line of JSON for each.
 */
const CHANGES = [
  'writeFileSync',
  'copyFileSync',
  'renameSync',
  'mkdirSync',
  'rmSync',
  'rmdirSync',
  'linkSync',
  'symlinkSync',
] as const;
const NEEDS_ROOM = new Set<string>(['writeFileSync', 'copyFileSync', 'mkdirSync', 'symlinkSync', 'linkSync']);
/** The first changes take the lock and write the copy: none of them is left out. */
const FIRST = 12;
type Fault = 'kill' | 'full' | 'refused' | 'no-links';
/** Linux, macOS, shares, Windows: what each answers where a disk has no links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR'];

class Dead extends Error {}

const real = Object.fromEntries(CHANGES.map((name) => [name, fs[name]])) as unknown as Record<
  string,
  (...args: unknown[]) => unknown
>;

/** @returns how many changes were made, and whether the fault was met. */
function withFault(fault: Fault, at: number): { count: () => number; heal: () => void } {
  let count = 0;
  for (const name of CHANGES) {
    (fs as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => {
      if (fault === 'no-links') {
        if (name !== 'linkSync' && name !== 'symlinkSync') return real[name]?.(...args);
        const code = NO_LINKS[at - 1];
        throw Object.assign(new Error(`${code}: ${name}`), { code, path: String(args[0]) });
      }
      count += 1;
      const met =
        fault === 'refused' ? count === at : count >= at && (fault === 'kill' || NEEDS_ROOM.has(name));
      if (!met) return real[name]?.(...args);
      if (count === at && fault !== 'refused') half(name, args);
      if (fault === 'kill') throw new Dead();
      const code = fault === 'full' ? 'ENOSPC' : 'EACCES';
      throw Object.assign(new Error(`${code}: ${name}`), { code, path: String(args[0]) });
    };
  }
  const points = () => (fault === 'no-links' ? NO_LINKS.length : count);
  return { count: points, heal: () => Object.assign(fs, real) };
}

/** What a write that does not come to its end leaves. */
function half(name: string, args: unknown[]): void {
  if (name === 'writeFileSync') real.writeFileSync?.(args[0], String(args[1]).slice(0, 3), args[2]);
  if (name === 'copyFileSync') real.writeFileSync?.(args[1], fs.readFileSync(String(args[0])).subarray(0, 3));
}

async function main([every = '1', ...all]: string[]): Promise<void> {
  for (const one of all) {
    const [move = '', fault] = one.split(':');
    await dieAt(move, fault as Fault, Number(every));
  }
}

async function dieAt(move: string, fault: Fault, every: number): Promise<void> {
  const moves = require('../../shared/workshop/moves') as typeof import('../../shared/workshop/moves');
  const { myApp, myAppData } =
    require('../../shared/workshop/my-app') as typeof import('../../shared/workshop/my-app');
  const { findStep } = require('../../shared/steps/layers') as typeof import('../../shared/steps/layers');
  const { listCopies } =
    require('../../shared/workshop/copies') as typeof import('../../shared/workshop/copies');
  const { readProgress } =
    require('../../shared/workshop/progress') as typeof import('../../shared/workshop/progress');
  const app = myApp();
  const home = path.dirname(app);
  const filled = `${home} filled`;
  const work: Record<string, () => Promise<unknown>> = {
    start: () => moves.startStep(findStep('3'), async () => 'both'),
    fresh: () => moves.startFresh(findStep('1')),
    reset: () => moves.resetStep(findStep('2')),
    'catch-up': () => moves.catchUp(findStep('4')),
    undo: () => moves.undo(),
  };
  const found = {
    points: 0,
    lost: [] as string[],
    notBack: [] as string[],
    unclear: [] as string[],
    wrongWay: [] as string[],
  };
  fs.rmSync(home, { recursive: true, force: true });
  fillMyApp(app);
  // Something to undo.
  let aim = {};
  if (move === 'undo') {
    await moves.resetStep(findStep('2'));
    aim = snapshot(app);
    await moves.startStep(findStep('3'), async () => 'both');
  }
  fs.renameSync(home, filled);
  for (let at = 1; ; at += at < FIRST || fault === 'no-links' ? 1 : every) {
    fs.rmSync(home, { recursive: true, force: true });
    fs.cpSync(filled, home, { recursive: true, verbatimSymlinks: true });
    const before = snapshot(app);
    const { count, heal } = withFault(fault, at);
    const error = await work[move]?.().then(
      () => undefined,
      (reason: Error) => reason,
    );
    heal();
    if (count() < at) break;
    found.points += 1;
    const where = `${move}, ${fault} at ${at}`;
    const after = snapshot(app);
    const intact = [after, ...listCopies().map((copy) => ({ ...snapshot(copy.folder), ...links(copy) }))];
    for (const [file, bytes] of Object.entries(before)) {
      if (!intact.some((one) => one[file] === bytes)) found.lost.push(`${where}: ${file}`);
    }
    // Only a command that says so may have done less than it should.
    if (fault === 'no-links' && error) found.unclear.push(`${where}: ${error.message}`);
    else if (fault !== 'kill' && error && error.name !== 'UserError')
      found.unclear.push(`${where}: ${error.message}`);
    // The lock names this very process, which was not really killed.
    if (fs.existsSync(path.join(myAppData(), 'busy')))
      fs.writeFileSync(path.join(myAppData(), 'busy'), '999999999');
    // Killed after its last change, it is over, and the next one goes on where it stopped.
    const over = sameTree(aim, after) && readProgress().unfinished === undefined;
    if (move === 'undo' && error && !over) {
      const hit = `${home} hit`;
      fs.cpSync(home, hit, { recursive: true, verbatimSymlinks: true });
      await moves.undo().catch((reason: Error) => found.wrongWay.push(`${where}: ${reason.message}`));
      if (!sameTree(aim, snapshot(app))) found.wrongWay.push(where);
      fs.rmSync(home, { recursive: true, force: true });
      fs.renameSync(hit, home);
    }
    if (!sameTree(before, after)) {
      const id = listCopies().findLast((copy) => copy.undid === undefined || move === 'undo')?.id;
      await moves.undo(id).catch((reason: Error) => found.notBack.push(`${where}: ${reason.message}`));
      if (!sameTree(before, snapshot(app))) found.notBack.push(where);
    }
  }
  for (const folder of [home, filled]) fs.rmSync(folder, { recursive: true, force: true });
  process.stdout.write(`${JSON.stringify({ move, fault, ...found })}\n`);
}

const links = ({ links: all }: { links: Record<string, string> }) =>
  Object.fromEntries(Object.entries(all).map(([file, to]) => [file, `-> ${to}`]));

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
