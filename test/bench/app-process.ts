import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findPort } from '../../shared/app-runner/start-app';
import { REGISTER, ROOT } from '../../shared/lib/places';
import { materialise, workFolder } from '../../shared/steps/layers';
import { findRedis } from '../support/find-redis';
import { startRedis } from '../support/redis';

/** The step whose app has stores that processes share. */
const STEP = 7;

/** A process of the finished app as it runs in production: nothing is preloaded that watches it. */
export interface AppProcess {
  port: number;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Makes the app, and the stores by name: those that this machine can have. All end with the work. */
export async function withApp<T>(
  names: readonly StoreName[],
  work: (app: {
    folder: string;
    stores: ReadonlyMap<StoreName, string>;
    /** Starts a process of it. @param port a free one by default. */
    start(env: Record<string, string>, port?: number): Promise<AppProcess>;
  }) => Promise<T>,
): Promise<T> {
  fs.mkdirSync(workFolder(), { recursive: true, mode: 0o700 });
  const folder = fs.mkdtempSync(path.join(workFolder(), 'bench-'));
  const app = path.join(folder, 'app');
  const closing: (() => Promise<void>)[] = [];
  const stores = new Map<StoreName, string>();
  try {
    materialise(STEP, app);
    for (const name of names) {
      if (name === 'memory') stores.set(name, 'memory:');
      if (name === 'embedded') stores.set(name, `file:${path.join(folder, 'store.db')}`);
      if (name === 'redis' && findRedis() !== undefined) {
        const redis = await startRedis(['--appendonly', 'yes']);
        closing.push(redis.close);
        stores.set(name, redis.url);
      }
    }
    return await work({
      folder: app,
      stores,
      start: async (env, port) => {
        const one = await start(app, env, port ?? (await findPort(0, 'a free one')));
        closing.push(() => one.kill());
        return one;
      },
    });
  } finally {
    for (const close of closing.reverse()) await close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

export type StoreName = 'memory' | 'embedded' | 'redis';

/** @throws Error with the app's own words if it ends. */
async function start(folder: string, env: Record<string, string>, port: number): Promise<AppProcess> {
  const child = spawn(process.execPath, ['-r', REGISTER, path.join(folder, 'server.ts')], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      TS_NODE_PROJECT: path.join(ROOT, 'tsconfig.json'),
      NODE_ENV: 'production',
      BASE_URL: `http://localhost:${port}`,
      CLIENT_ID: 'app',
      CLIENT_SECRET: 'appSecret0',
      SESSION_SECRET: 'x'.repeat(32),
      STORE_KEYS: '0f'.repeat(32),
      ...env,
      PORT: String(port),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    words += text;
  });
  while (!words.includes('The app is at')) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the app ended:\n${words}`);
    await delay(5);
  }
  return {
    port,
    kill: async (signal = 'SIGKILL') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}
