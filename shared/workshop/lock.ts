import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { rmSync, untilReleasedSync } from '../lib/held';
import { noFolder } from '../lib/no-folder';
import { identifyThisProcess, mayStillRun } from '../lib/process-start';
import { UserError } from '../lib/user-error';
import { myAppData } from './my-app';
import { refusedByDisk } from './refused-by-disk';

const lockFile = () => path.join(myAppData(), 'busy');

/** What a lock says of the process that holds it; an earlier version wrote the process id alone. */
const holder = z.union([
  z.object({ pid: z.int().positive(), host: z.string(), at: z.number(), start: z.string().optional() }),
  z.int().positive(),
]);
type Holder = Exclude<z.output<typeof holder>, number>;

/** Milliseconds after which a lock without a word in it was left by a command that was killed as it wrote. */
const WRITTEN_BY = 2000;
/** Milliseconds between two looks at a lock that is being written or cleared. */
const LOOK = 20;

/**
 * Runs something that changes my-app/, alone: a second command is refused while the first one runs. What a killed command left behind is
 * noticed, since its process is gone, or since its process id belongs to another program by now.
 *
 * @throws UserError while another command is at work, and when the disk refuses.
 */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  let mine: string | undefined;
  try {
    fs.mkdirSync(myAppData(), { recursive: true });
    mine = await take();
    sweep();
    return await work();
  } catch (error) {
    throw refusedByDisk(error);
  } finally {
    if (mine !== undefined) release(lockFile(), mine);
  }
}

/** Whether a command is changing my-app/ now. */
export async function isLocked(): Promise<boolean> {
  const text = textOf(lockFile());
  const found = text === undefined ? undefined : understood(text);
  return text !== undefined && (found === undefined || (await mayStillRun(found)));
}

/**
 * Creates the lock; of two processes that create a file with O_EXCL one gets it, on every disk. (A hard link would be there with its words, but FAT,
 * exFAT and some shares have none.)
 *
 * @returns what stands in it.
 */
async function take(): Promise<string> {
  for (;;) {
    const mine = create(lockFile());
    if (mine !== undefined) return mine;
    const found = await heldBy(lockFile());
    if (found === 'gone') continue;
    if (found.holder && (await mayStillRun(found.holder))) throw busy(found.holder);
    await clear(found.text);
  }
}

/** @returns the words of a new lock file; undefined when there is one already. */
function create(file: string): string | undefined {
  const words = JSON.stringify({ ...identifyThisProcess(), token: randomBytes(8).toString('hex') });
  let opened: number;
  try {
    // Windows refuses a name for a moment after its file was removed.
    opened = untilReleasedSync(() => fs.openSync(file, 'wx'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
  try {
    fs.writeFileSync(opened, words);
    fs.closeSync(opened);
    return words;
  } catch (error) {
    // As on a full disk: without its words it would keep the next command waiting.
    fs.closeSync(opened);
    rmSync(file, { force: true });
    throw Object.assign(error as Error, { path: file });
  }
}

/** Who holds a lock. One that has no words yet is being written, or was left so by a command that was killed. */
async function heldBy(file: string): Promise<'gone' | { text: string; holder?: Holder | undefined }> {
  for (const until = Date.now() + WRITTEN_BY; ; await pause(LOOK)) {
    const text = textOf(file);
    if (text === undefined) return 'gone';
    const found = understood(text);
    if (found || Date.now() > until) return { text, holder: found };
  }
}

function understood(text: string): Holder | undefined {
  try {
    const found = holder.parse(JSON.parse(text));
    return typeof found === 'number' ? { ...identifyThisProcess(), pid: found, start: undefined } : found;
  } catch {
    return undefined;
  }
}

/** Takes a lock away that nobody holds. Of several commands that find it one clears it, so none takes away what another has just created. */
async function clear(text: string): Promise<void> {
  const clearing = `${lockFile()}.clearing`;
  const mine = create(clearing);
  if (mine === undefined) {
    const other = await heldBy(clearing);
    // Its holder was killed within the two lines below.
    if (other !== 'gone' && !(other.holder && (await mayStillRun(other.holder))))
      release(clearing, other.text);
    else await pause(LOOK);
    return;
  }
  try {
    if (textOf(lockFile()) === text) rmSync(lockFile(), { force: true });
  } finally {
    release(clearing, mine);
  }
}

/** What cannot be taken away now is noticed as stale by the next command. */
function release(file: string, text: string): void {
  try {
    if (textOf(file) === text) rmSync(file, { force: true });
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code) throw error;
  }
}

/** @throws UserError when it is a folder. */
function textOf(file: string): string | undefined {
  noFolder(file);
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function busy({ pid, host, at }: Holder): UserError {
  const since = new Date(at).toLocaleString('en-GB');
  return new UserError(
    `Another command is changing my-app at the moment (process ${pid} on ${host}, since ${since}). Wait for it, then try again. ` +
      `If no command runs there, delete ${lockFile()} and try again.`,
  );
}

/** What killed commands left half-made: nothing of it is the only one of its kind. */
function sweep(): void {
  for (const folder of [myAppData(), path.join(myAppData(), 'copies')]) {
    const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
    for (const name of names.filter((one) =>
      /^\.(staged|new)-\d+-|^busy\.\d+(\.old)?$|\.\d+\.new$/.test(one),
    ))
      rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}
