import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const WINDOWS = process.platform === 'win32';

/** A program that runs, and everything that it starts. */
export interface Tree {
  child: ChildProcess;
  /** Ends all of it at once. */
  end(): void;
  /** Its exit code, null when a signal ended it; by then nothing of it runs any more. */
  ended: Promise<number | null>;
}

/**
 * Runs a Node.js program whose whole tree of processes ends with it, and with this process, however either of them ends: tests start
 * servers, which would live on and keep their ports.
 *
 * On Linux and macOS the program leads a process group; on Windows the system lists its descendants.
 *
 * @param args as for `node`.
 * @param remove folders that are removed when all has ended.
 */
export function runTree(
  args: string[],
  { remove = [], ...options }: { remove?: string[]; cwd: string; env: NodeJS.ProcessEnv },
): Tree {
  const child = spawn(process.execPath, args, {
    ...options,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: !WINDOWS,
  });
  const { pid } = child;
  const guard = pid === undefined ? undefined : watchOver(pid, remove);
  const end = () => {
    if (pid !== undefined) endTree(pid);
  };
  const ended = once(child, 'exit').then(([code]) => {
    end();
    guard?.stdin?.end('done');
    return code as number | null;
  });
  return { child, end, ended };
}

/** Ends a program and all that it started; those that have ended are no error. */
export function endTree(pid: number): void {
  if (WINDOWS) {
    spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' });
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // There is nobody left in the group.
  }
}

/**
 * Starts a process that outlives this one: nobody can react to being killed, but somebody can see it.
 *
 * @param pid the leader of a process group, which ends when this process ends.
 * @param remove folders that are removed then.
 * @returns the process, which ends and does nothing when its standard input gets any text.
 */
export function watchOver(pid: number, remove: string[]): ChildProcess {
  const guard = spawn(process.execPath, [path.join(__dirname, 'guard.js'), String(pid), ...remove], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  guard.stdin?.on('error', () => {});
  return guard;
}
