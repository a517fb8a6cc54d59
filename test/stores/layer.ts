import path from 'node:path';
import type { SessionData, Store } from 'express-session';
import { appFolder } from '../support/app-in-process';

/** As the layer's stores/store.ts has it; a layer alone does not compile, so it is loaded by path. */
export interface Sealed {
  version: number;
  jwe: string;
}
export interface Locks {
  acquire(name: string, owner: string, ms: number): Promise<boolean>;
  release(name: string, owner: string): Promise<void>;
  isHeld(name: string): Promise<boolean>;
}
export interface TokenRecords<T = Sealed> {
  get(id: string): Promise<T | undefined>;
  put(id: string, tokens: T): Promise<void>;
  replace(id: string, version: number, tokens: T): Promise<boolean>;
  delete(id: string): Promise<void>;
}
export interface SharedStore {
  sessions: Store;
  tokens: TokenRecords;
  locks: Locks;
}
export interface StoreConfig {
  url: string;
  keys: Buffer[];
  idleSeconds: number;
  absoluteSeconds: number;
  tokenRequestSeconds: number;
  lockSeconds: number;
  trustProxy: string;
}

export const STEP = 7;

/** A file of the finished app, loaded. */
export const load = <T>(file: string): T => require(path.join(appFolder(STEP), file)) as T;

export const CONFIG: StoreConfig = {
  url: 'memory:',
  keys: [Buffer.alloc(32, 7)],
  idleSeconds: 60,
  absoluteSeconds: 3600,
  tokenRequestSeconds: 1,
  lockSeconds: 2,
  trustProxy: 'loopback',
};

/** @throws what the app throws */
export const openStore = (settings: Partial<StoreConfig>): SharedStore =>
  load<{ openStore(config: StoreConfig): SharedStore }>('stores/store').openStore({ ...CONFIG, ...settings });

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Does something, and returns a function that ends the connections that it has opened, as a signal to the process does. */
export function closable<T>(open: () => T): { opened: T; close(): void } {
  const since = takeListeners();
  return { opened: open(), close: since() };
}

/** The same for an app: it opens its store some time after its start. */
export async function closableApp<T>(start: () => Promise<T>): Promise<{ opened: T; close(): void }> {
  const since = takeListeners();
  return { opened: await start(), close: since() };
}

/** Takes away the listeners of signals that are added from now on. @returns a function that calls them. */
function takeListeners(): () => () => void {
  const before = SIGNALS.map((signal) => process.listeners(signal));
  return () => {
    const added = SIGNALS.flatMap((signal, i) =>
      process.listeners(signal).flatMap((listener) => {
        if (before[i]?.includes(listener)) return [];
        process.removeListener(signal, listener);
        return [() => listener(signal)];
      }),
    );
    // Both signals, as when a terminal and a program that starts the app end it at the same time.
    return () => {
      for (const end of added) end();
    };
  };
}

/** A session with what the app stores in it. */
export type Stored = SessionData & { user?: unknown };

/** The methods of a store of sessions as promises. */
export const asPromises = (store: Store) => ({
  get: (id: string) =>
    new Promise<Stored | null | undefined>((resolve, reject) =>
      store.get(id, (error, session) => (error ? reject(error) : resolve(session))),
    ),
  set: (id: string, session: SessionData) => asked((done) => store.set(id, session, done)),
  touch: (id: string, session: SessionData) => asked((done) => store.touch?.(id, session, done)),
  destroy: (id: string) => asked((done) => store.destroy(id, done)),
});

const asked = (ask: (done: (error?: unknown) => void) => void) =>
  new Promise<void>((resolve, reject) => ask((error) => (error ? reject(error) : resolve())));

/** A session as express-session hands it to a store. @param ms milliseconds until it ends. */
export const sessionFor = (ms: number, more: object = {}): SessionData =>
  ({ cookie: { originalMaxAge: ms, expires: new Date(Date.now() + ms), path: '/' }, ...more }) as SessionData;

/** Waits until a promise of something true, at most 10 s. */
export async function untilTrue(holds: () => Promise<boolean>): Promise<void> {
  // A test can have shifted Date.
  const end = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
