import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { attempt } from '../lib/attempt';
import { rmSync, untilReleasedSync } from '../lib/held';
import { noFolder } from '../lib/no-folder';
import { identifyThisProcess, mayStillRun } from '../lib/process-start';
import { readText } from '../lib/read-text';
import { UserError } from '../lib/user-error';
import { myAppData } from './my-app';
import { refusedByDisk } from './refused-by-disk';

const lockFile = () => path.join(myAppData(), 'busy');

/** The process that holds a lock; an earlier version wrote only the process id. */
const holder = z.union([
  z.object({ pid: z.int().positive(), host: z.string(), at: z.number(), start: z.string().optional() }),
  z.int().positive(),
]);
type Holder = Exclude<z.output<typeof holder>, number>;

/** Milliseconds after which an empty lock was left by a command that was killed while it wrote. */
const WRITTEN_BY = 2000;
/** Milliseconds between two reads of a lock that is being written or cleared. */
const LOOK = 20;

/** Runs a change of my-app/ while no other command runs one. The lock of a killed command is detected by its process.
 * @throws UserError while another command is changing it, and when the disk refuses. */
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

/** Creates the lock: of two processes that create a file with O_EXCL one succeeds, on every disk. (A hard link could
 * have its content at once, but FAT, exFAT and some shares have none.) @returns its content. */
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

/** @returns the content of the new lock file; undefined when there is one already. */
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
    // For example on a full disk: an empty lock would make the next command wait.
    fs.closeSync(opened);
    rmSync(file, { force: true });
    throw Object.assign(error as Error, { path: file });
  }
}

/** Who holds a lock. An empty one is being written, or its command was killed. */
async function heldBy(file: string): Promise<'gone' | { text: string; holder?: Holder | undefined }> {
  for (const until = Date.now() + WRITTEN_BY; ; await pause(LOOK)) {
    const text = textOf(file);
    if (text === undefined) return 'gone';
    const found = understood(text);
    if (found || Date.now() > until) return { text, holder: found };
  }
}

function understood(text: string): Holder | undefined {
  const found = attempt(() => holder.parse(JSON.parse(text)));
  return typeof found === 'number' ? { ...identifyThisProcess(), pid: found, start: undefined } : found;
}

/** Removes a lock that nobody holds. Only one of several commands does so, so none removes a new lock of another. */
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

/** A lock that cannot be removed now is found stale by the next command. */
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
  return readText(file);
}

function busy({ pid, host, at }: Holder): UserError {
  const since = new Date(at).toLocaleString('en-GB');
  return new UserError(
    `Another command is changing my-app at the moment (process ${pid} on ${host}, since ${since}). Wait for it, then try again. ` +
      `If no command runs there, delete ${lockFile()} and try again.`,
  );
}

/** Removes incomplete files of killed commands. None of them is the only one of its kind. */
function sweep(): void {
  for (const folder of [myAppData(), path.join(myAppData(), 'copies')]) {
    const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
    for (const name of names.filter((one) =>
      /^\.(staged|new)-\d+-|^busy\.\d+(\.old)?$|\.\d+\.new$/.test(one),
    ))
      rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}
