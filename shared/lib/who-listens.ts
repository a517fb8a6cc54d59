import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { attempt } from './attempt';
import { commandContext } from './command-context';
import { ROOT } from './places';

/** How a system reports which program listens on a port. */
interface Way {
  /** @returns the program's name and process id, from the system's own tools. */
  find(port: number, run: Run): { name?: string | undefined; pid: string } | undefined;
}
type Run = (command: string, args: string[]) => string;

const LINUX: Way = {
  find(port, run) {
    const found = /\(\("([^"]+)",pid=(\d+)/.exec(run('ss', ['-Hltnp', `sport = :${port}`]));
    return found ? { name: found[1], pid: found[2] ?? '' } : undefined;
  },
};

const WINDOWS: Way = {
  find(port, run) {
    // The state is a translated word. A port that is listened on has no other end.
    const line = new RegExp(`^\\s*TCP\\s+\\S+:${port}\\s+\\S+:0\\s+\\S+\\s+(\\d+)\\s*$`, 'm');
    const [, pid] = line.exec(run('netstat', ['-ano', '-p', 'TCP'])) ?? [];
    if (pid === undefined) return undefined;
    const [, name] =
      /^"([^"]+)","\d+"/m.exec(run('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'])) ?? [];
    return { name, pid };
  },
};

const OTHERS: Way = {
  find(port, run) {
    const args = ['-nP', '-Fcp', `-iTCP:${port}`, '-sTCP:LISTEN'];
    const found = /p(?<pid>\d+)\nc(?<name>.+)/.exec(run('lsof', args));
    return found?.groups ? { name: found.groups.name, pid: found.groups.pid ?? '' } : undefined;
  },
};

const system: Run = (command, args) =>
  execFileSync(command, args, {
    encoding: 'utf8',
    env: commandContext().env,
    timeout: 1000,
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  });

/** The program that listens on a port, as "node (process 1234)"; undefined if the system does not report it,
 * e.g. for another user's program. */
export function whoListens(
  port: number,
  platform: NodeJS.Platform = process.platform,
  run: Run = system,
): string | undefined {
  const way = platform === 'linux' ? LINUX : platform === 'win32' ? WINDOWS : OTHERS;
  // Where there is no such command, or no permission, the message does without.
  const found = attempt(() => way.find(port, run));
  if (!found) return undefined;
  const folder = attempt(() => folderOf(found.pid, platform, run));
  return `${found.name ?? 'a program'} (process ${found.pid}${folder === undefined ? '' : `, in ${folder}${whose(folder)}`})`;
}

/** The folder in which a process runs, which names it best; undefined where the system does not report it. */
function folderOf(pid: string, platform: NodeJS.Platform, run: Run): string | undefined {
  if (platform === 'linux') return fs.readlinkSync(`/proc/${pid}/cwd`);
  if (platform === 'win32') return undefined;
  return /^n(.+)$/m.exec(run('lsof', ['-a', '-p', pid, '-d', 'cwd', '-Fn']))?.[1];
}

export const OTHER_CHECKOUT = ', another checkout of the workshop';

/** An app runs in my-app/, the other parties in the folder above. */
function whose(folder: string): string {
  const root = [folder, path.dirname(folder)].find((one) =>
    fs.existsSync(path.join(one, 'shared/guide/main.ts')),
  );
  if (root === undefined) return '';
  return fs.realpathSync(root) === fs.realpathSync(ROOT) ? ', this workshop' : OTHER_CHECKOUT;
}

export const killCommand = (pid: string, platform: NodeJS.Platform = process.platform) =>
  platform === 'win32' ? `taskkill /F /PID ${pid}` : `kill ${pid}`;
