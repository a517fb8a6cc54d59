import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findRedis } from '../support/find-redis';
import { startRedis } from '../support/redis';
import { temporaryFolder } from '../support/workshop';
import { closable, openStore, type SharedStore, type StoreConfig, untilTrue } from './layer';

/** What a test gets: two connections to one store. */
export interface TwoConnections {
  stores: [SharedStore, SharedStore];
  /** Lets some milliseconds pass for the store. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface Kind {
  name: string;
  /** Whether this machine lacks the program of this store. */
  isMissing: boolean;
  open(settings: Partial<StoreConfig>): Promise<TwoConnections>;
}

/** The clock of this process goes ahead: stores in it need no wait. */
function shiftedClock() {
  const { now } = Date;
  let ahead = 0;
  Date.now = () => now() + ahead;
  return {
    pass: async (ms: number) => {
      ahead += ms;
    },
    restore: () => {
      Date.now = now;
    },
  };
}

const memory: Kind = {
  name: 'memory',
  isMissing: false,
  open: async (settings) => {
    const store = openStore({ ...settings, url: 'memory:' });
    const { pass, restore } = shiftedClock();
    return { stores: [store, store], pass, close: async () => restore() };
  },
};

const embedded: Kind = {
  name: 'embedded',
  isMissing: false,
  open: async (settings) => {
    const { folder, remove } = temporaryFolder();
    const open = () => openStore({ ...settings, url: `file:${path.join(folder, 'store.db')}` });
    const { pass, restore } = shiftedClock();
    return {
      stores: [open(), open()],
      pass,
      close: async () => {
        restore();
        remove();
      },
    };
  },
};

/** Opens two connections to a Redis, and waits until both are there. */
export async function openRedis(url: string, settings: Partial<StoreConfig> = {}) {
  const { opened, close } = closable(
    () => [0, 1].map(() => openStore({ ...settings, url })) as [SharedStore, SharedStore],
  );
  for (const { locks } of opened) await untilTrue(() => locks.isHeld('any').then(...always));
  return { stores: opened, close };
}
const always = [() => true, () => false] as const;

const redis: Kind = {
  name: 'Redis',
  isMissing: findRedis() === undefined,
  open: async (settings) => {
    const server = await startRedis();
    const { stores, close } = await openRedis(server.url, settings);
    return {
      stores,
      pass: async (ms) => {
        // The server has its own clock.
        await delay(ms + 20);
      },
      close: async () => {
        close();
        await server.close();
      },
    };
  },
};

export const KINDS = [memory, embedded, redis];
