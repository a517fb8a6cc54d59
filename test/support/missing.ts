import { spawnSync } from 'node:child_process';
import { findBrowser } from './browser';
import { canLimitCpu } from './cpu-limit';
import { findRedis } from './find-redis';

/** What this machine lacks for the spec files of an ending. */
export interface Missing {
  what: string;
  ending: string;
  /** No machine of this kind has it, so nobody can fix that. */
  always?: boolean;
}

export function missing(): Missing[] {
  const all: (Missing & { is: boolean })[] = [
    { what: 'no Chromium, Chrome or Edge', ending: '.browser.spec.ts', is: findBrowser() === undefined },
    {
      what: 'no bash with curl',
      ending: '.bash.spec.ts',
      is: spawnSync('bash', ['-c', 'curl --version']).status !== 0,
    },
    {
      what: 'no redis-server or valkey-server',
      ending: '.redis.spec.ts',
      is: findRedis() === undefined,
      // There is no release of either for it.
      always: process.platform === 'win32',
    },
    {
      // Each system has it elsewhere, and another proxy tries out the same app.
      what: 'no caddy, or no Redis',
      ending: '.caddy.spec.ts',
      is: !isThere('caddy') || findRedis() === undefined,
      always: true,
    },
    posix(),
    {
      // What it tries on a real disk, other tests try with the same errors.
      what: 'no small disk can be mounted here',
      ending: '.disk.spec.ts',
      is: spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status !== 0,
      always: true,
    },
    {
      // Only root may, on Linux, or whoever has a part of the control groups delegated.
      what: 'no process can be limited to a share of a core here',
      ending: '.cpu.spec.ts',
      is: !canLimitCpu(),
      always: true,
    },
  ];
  return all.filter(({ is }) => is);
}

/** Signals that a process can answer, and the tools that list processes and make pipes. */
function posix(): Missing & { is: boolean } {
  const ending = '.posix.spec.ts';
  if (process.platform === 'win32')
    return { what: 'on Windows a signal ends a process without asking it', ending, is: true, always: true };
  const tools = ['ps', 'pgrep', 'mkfifo', process.platform === 'linux' ? 'ss' : 'lsof'];
  const without = tools.filter((name) => !isThere(name));
  return { what: `no ${without.join(', ')}`, ending, is: without.length > 0 };
}

function isThere(name: string): boolean {
  const { error } = spawnSync(name, ['--help'], { stdio: 'ignore' });
  return (error as NodeJS.ErrnoException | undefined)?.code !== 'ENOENT';
}
