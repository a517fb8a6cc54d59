import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';
/** Microseconds in which a group gets its share: what the kernel takes by default. */
const PERIOD = 100_000;

/** Processes that have a share of one core together, by a control group of Linux. */
export interface CpuLimit {
  /** Puts a process in, and with it whatever it starts from then on. */
  add(pid: number | undefined): void;
  /** In how many periods its processes had to wait since they had used their share. */
  throttled(): number;
  /** Waits until its processes have ended. */
  remove(): Promise<void>;
}

/**
 * Makes a group, where the kernel and this user's rights allow one: root may, and whoever has a part of the tree delegated.
 *
 * @param share of one core, above 0 and at most 1.
 * @returns undefined when none can be made.
 */
export function limitCpu(share: number): CpuLimit | undefined {
  const quota = Math.round(share * PERIOD);
  for (const parent of parents()) {
    const folder = path.join(parent, `call-your-api-${process.pid}-${randomBytes(4).toString('hex')}`);
    try {
      fs.mkdirSync(folder);
    } catch {
      continue;
    }
    try {
      setQuota(folder, quota);
      if (canMoveTo(folder)) return limitOf(folder);
    } catch {
      // The kernel has no limit of CPU there.
    }
    fs.rmdirSync(folder);
  }
  return undefined;
}

/** Where a group could be: in the tree of version 1 for CPU, or beside or above this process in that of version 2. */
function parents(): string[] {
  const own = /^0::(.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? '/';
  const above: string[] = [];
  for (let at = path.join(ROOT, own); at.startsWith(ROOT); at = path.dirname(at)) above.push(at);
  return [path.join(ROOT, 'cpu'), ...above.reverse()].filter((at) => fs.existsSync(at));
}

function setQuota(folder: string, quota: number): void {
  const file = (name: string) => path.join(folder, name);
  // Not made where the kernel has not: a file of this name elsewhere would limit nothing.
  const write = (name: string, text: string) => fs.writeFileSync(file(name), text, { flag: 'r+' });
  if (fs.existsSync(file('cpu.max'))) {
    write('cpu.max', `${quota} ${PERIOD}`);
  } else {
    write('cpu.cfs_period_us', String(PERIOD));
    write('cpu.cfs_quota_us', String(quota));
  }
}

/** The right to move a process depends on both of its groups, so one is moved. */
function canMoveTo(folder: string): boolean {
  const procs = path.join(folder, 'cgroup.procs');
  return spawnSync('sh', ['-c', 'echo $$ > "$0"', procs], { stdio: 'ignore' }).status === 0;
}

function limitOf(folder: string): CpuLimit {
  return {
    add: (pid) => fs.writeFileSync(path.join(folder, 'cgroup.procs'), String(pid), { flag: 'r+' }),
    throttled: () =>
      Number(/^nr_throttled (\d+)$/m.exec(read(path.join(folder, 'cpu.stat')))?.[1] ?? Number.NaN),
    remove: async () => {
      for (const end = Date.now() + 30_000; ; await delay(20))
        try {
          return fs.rmdirSync(folder);
        } catch (error) {
          if (Date.now() > end) throw error;
        }
    },
  };
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Whether a group can be made here; it is taken away again. */
export function canLimitCpu(): boolean {
  const limit = limitCpu(1);
  limit?.remove().catch(() => {});
  return limit !== undefined;
}
