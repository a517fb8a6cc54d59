import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { findPort } from '../../shared/app-runner/start-app';
import { watchOver } from '../runner/tree';
import { findRedis, REDIS_NAMES } from './find-redis';
import { temporaryFolder } from './workshop';

/** A server of one test, on loopback. */
export interface TestRedis {
  /** For REDIS_URL and STORE_URL. */
  url: string;
  port: number;
  /** Where its files of data are, which a server that starts again finds. */
  folder: string;
  /** Starts it again on the same port, and waits until it answers. */
  start(): Promise<void>;
  /** Ends it: with SIGTERM it writes what persistence asks for, with SIGKILL it loses what it has not written. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Ends it, and removes its folder. */
  close(): Promise<void>;
}

/**
 * Starts a Redis or Valkey server on a free port. It ends and its folder is removed by close(), and also when the
 * process of the test is killed.
 *
 * @param args further options, for example `--appendonly yes`. By default the server stores nothing on the disk.
 * @throws Error with the server's own words if it does not start.
 */
export async function startRedis(args: readonly string[] = []): Promise<TestRedis> {
  const program = findRedis();
  if (program === undefined) throw new Error(`no ${REDIS_NAMES.join(' or ')} was found`);
  const { folder, remove } = temporaryFolder();
  const port = await findPort(0, 'a free one', 'Redis');
  const own = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', ''];
  let running: { child: ChildProcess; guard: ChildProcess | undefined } | undefined;
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (!running) return;
    const { child, guard } = running;
    running = undefined;
    const hasEnded = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    if (!hasEnded) {
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    }
    guard?.stdin?.end('done');
  };
  const start = async () => {
    if (running) throw new Error('it is running already');
    // It leads a process group, so that the guard can end it by the group's id.
    const child = spawn(program, [...own, ...args], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const guard = child.pid === undefined ? undefined : watchOver(child.pid, [folder]);
    running = { child, guard };
    await untilReady(child);
  };
  const close = async () => {
    await stop('SIGKILL');
    remove();
  };
  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, port, folder, start, stop, close };
}

/** Waits for the line that both programs write when they accept connections. */
function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let words = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text) => {
        words += text;
        if (words.includes('Ready to accept connections')) resolve();
      });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`${child.spawnfile} ended with ${code}:\n${words}`)));
  });
}
