import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { promisify } from 'node:util';
import { attempt } from './attempt';

/** Identifies one process, also after its id was given to another program. */
export interface ProcessIdentity {
  pid: number;
  /** The machine's name: ids of another machine mean nothing here. */
  host: string;
  /** When this was written, in milliseconds since the epoch; the process was running then. */
  at: number;
  /** On Linux: the id of the system's start, and the tick of its clock when the process began. */
  start?: string | undefined;
}

/** Milliseconds by which a reported start may be wrong: ps reports whole seconds. */
const ROUGH = 2000;

export function identifyThisProcess(): ProcessIdentity {
  return { pid: process.pid, host: os.hostname(), at: Date.now(), start: startOnLinux(process.pid) };
}

/** Whether the process may still run. True if that cannot be decided: for a process of another machine, or if the
 * system does not report when a process began. */
export async function mayStillRun({ pid, host, at, start }: ProcessIdentity): Promise<boolean> {
  if (host !== os.hostname()) return true;
  if (!exists(pid)) return false;
  const now = startOnLinux(pid);
  if (start !== undefined && now !== undefined) return start === now;
  const began = await startElsewhere(pid);
  return began === undefined || began <= at + ROUGH;
}

/** Whether a process with this id exists, whoever owns it. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** proc(5): field 22 counts clock ticks since the start of the system, which has its own id. */
function startOnLinux(pid: number): string | undefined {
  return attempt(() => {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name is in brackets and may contain anything.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`;
  });
}

/** When a process began, in milliseconds since the epoch, on Windows or Unix; undefined if not reported. */
export async function startElsewhere(pid: number, platform = process.platform): Promise<number | undefined> {
  const [program, ...args] =
    platform === 'win32'
      ? [
          'powershell',
          '-NoProfile',
          '-Command',
          `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().ToString('o')`,
        ]
      : ['ps', '-o', 'lstart=', '-p', String(pid)];
  try {
    // In this locale ps writes a date that Date.parse reads.
    const options = { timeout: 10_000, env: { ...process.env, LC_ALL: 'C' } };
    const { stdout } = await promisify(execFile)(program as string, args, options);
    const began = Date.parse(stdout.trim());
    return Number.isNaN(began) ? undefined : began;
  } catch {
    return undefined;
  }
}
