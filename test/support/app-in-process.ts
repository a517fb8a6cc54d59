import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Express } from 'express';
import type { Store } from 'express-session';
import { materialise, workFolder } from '../../shared/steps/layers';
import { mutate } from './mutant';

/** What the union of a step's layers exports; a layer alone does not compile, so it is loaded by path. */
interface AppModule {
  createApp(config: unknown, options?: { store?: Store }): Express;
}
interface ConfigModule {
  readConfig(env: Record<string, string>): unknown;
}

export interface AppInProcess {
  origin: string;
  close(): Promise<void>;
}

const made = new Map<number, string>();

/** The folder with the finished app of a step, made once for a test file; `removeApps` takes all away. */
export function appFolder(step: number): string {
  const known = made.get(step);
  if (known) return known;
  const folder = path.join(workFolder(), `app-${process.pid}-${step}`);
  materialise(step, folder);
  mutate(folder, step);
  made.set(step, folder);
  return folder;
}

export function removeApps(): void {
  for (const folder of made.values()) fs.rmSync(folder, { recursive: true, force: true });
  made.clear();
}

/** A step's app in this very process, where a test can hand it a store of its own. */
export async function startAppInProcess(
  step: number,
  env: Record<string, string>,
  options: {
    store?: Store;
    wrap?: (handler: http.RequestListener) => http.RequestListener;
    /** Where the app is, if not as the step has it. */
    folder?: string;
  } = {},
): Promise<AppInProcess> {
  const folder = options.folder ?? appFolder(step);
  const { createApp } = require(path.join(folder, 'app')) as AppModule;
  const { readConfig } = require(path.join(folder, 'config')) as ConfigModule;
  let handler: http.RequestListener = (_req, res) => res.end();
  const server = http.createServer((req, res) => handler(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  try {
    const settings = {
      BASE_URL: origin,
      CLIENT_ID: 'app',
      CLIENT_SECRET: 'appSecret0',
      SESSION_SECRET: 'x'.repeat(32),
      STORE_URL: 'memory:',
      ...env,
    };
    const config = readConfig(settings);
    const made = withEnvironment(settings, () => createApp(config, options));
    handler = options.wrap?.(made) ?? made;
  } catch (error) {
    await close();
    throw error;
  }
  return { origin, close };
}

/** From step 07 on, the app reads its store's settings from the environment itself. */
function withEnvironment<T>(settings: Record<string, string>, work: () => T): T {
  const before = process.env;
  process.env = { ...before, ...settings };
  try {
    return work();
  } finally {
    process.env = before;
  }
}
