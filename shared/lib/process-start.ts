import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { promisify } from 'node:util';

/** One process, also after its id was given to another program. */
export interface ProcessIdentity {
  pid: number;
  /** The machine: an id of another one says nothing here. */
  host: string;
  /** When the mark was made, in milliseconds since the epoch; the process was running then. */
  at: number;
  /** On Linux: which start of the system, and at which tick of its clock the process began. */
  start?: string | undefined;
}

/** Milliseconds by which a system's word on a start may be wrong: ps tells whole seconds. */
const ROUGH = 2000;

export function identifyThisProcess(): ProcessIdentity {
  return { pid: process.pid, host: os.hostname(), at: Date.now(), start: startOnLinux(process.pid) };
}

/**
 * Whether a marked process still runs. Where that cannot be told, it may: a process of another machine, and a system that does not say
 * when a process began.
 */
export async function mayStillRun({ pid, host, at, start }: ProcessIdentity): Promise<boolean> {
  if (host !== os.hostname()) return true;
  if (!exists(pid)) return false;
  const now = startOnLinux(pid);
  if (start !== undefined && now !== undefined) return start === now;
  const began = await startElsewhere(pid);
  return began === undefined || began <= at + ROUGH;
}

/** Whether there is a process of this id, whoever owns it. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** proc(5): field 22 counts clock ticks from the start of the system, which has an id of its own. */
function startOnLinux(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name is in brackets and may hold anything.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`;
  } catch {
    return undefined;
  }
}

/** When a process began, in milliseconds since the epoch, as Windows or a Unix tells; undefined when it does not. */
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
    // Without a language of its own, ps writes a date that can be read here.
    const options = { timeout: 10_000, env: { ...process.env, LC_ALL: 'C' } };
    const { stdout } = await promisify(execFile)(program as string, args, options);
    const began = Date.parse(stdout.trim());
    return Number.isNaN(began) ? undefined : began;
  } catch {
    return undefined;
  }
}
