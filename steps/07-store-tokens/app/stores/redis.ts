import { RedisStore } from 'connect-redis';
import { createClient } from 'redis';
import type { StoreConfig } from '../store-config';
import { type Locks, type Sealed, type SharedStore, StoreUnavailable } from './store';

/** Milliseconds. The user gets a page within five seconds, also when Redis is silent. */
const CONNECT_WITHIN = 2000;
const ANSWER_WITHIN = 2000;
const SILENT_FOR = 3000;
const PING_EVERY = 1000;

/** Redis or Valkey: all processes of all machines open it. */
export function redisStore({ url, absoluteSeconds, idleSeconds }: StoreConfig): SharedStore {
  const client = connect(url);
  const lifetime = absoluteSeconds * 1000;
  return {
    sessions: new RedisStore({ client, prefix: 'app:session:', ttl: idleSeconds }),
    tokens: new RedisTokens(client, lifetime),
    locks: new RedisLocks(client),
  };
}

function connect(url: string) {
  const client = createClient({
    url,
    // A request gets its error page at once, and does not wait for Redis to come back.
    disableOfflineQueue: true,
    commandOptions: { timeout: ANSWER_WITHIN },
    pingInterval: PING_EVERY,
    socket: {
      connectTimeout: CONNECT_WITHIN,
      // A connection that was cut without a word is given up, and made again.
      socketTimeout: SILENT_FOR,
      reconnectStrategy: (attempt) => Math.min(50 * attempt, 1000),
    },
  });
  let reported = '';
  // An error without a listener ends the process. Attempts go on, so each reason is logged once.
  client.on('error', ({ message }: Error) => {
    if (message !== reported) console.error(`The store is not available: ${message}`);
    reported = message;
  });
  client.on('ready', () => {
    if (reported) console.error('The store is available again.');
    reported = '';
  });
  // The app starts without Redis too, and uses it as soon as it is there.
  client.connect().catch(() => {});
  // An open connection would keep the process alive.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => client.destroy());
  return client;
}

type Client = ReturnType<typeof connect>;

const available = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error) => {
    throw new StoreUnavailable('Redis does not answer', { cause: error });
  });

/** Compares and writes in one step: no other command comes in between. */
const REPLACE = `
  if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
  redis.call('HSET', KEYS[1], 'version', ARGV[2], 'jwe', ARGV[3])
  return 1`;

const RELEASE = `
  if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0`;

/** The tokens of each session. They end when the session must, counted from its login. */
class RedisTokens {
  constructor(
    private readonly client: Client,
    private readonly lifetime: number,
  ) {}

  async get(id: string): Promise<Sealed | undefined> {
    const { version, jwe } = await available(this.client.hGetAll(keyOf(id)));
    return version === undefined || jwe === undefined ? undefined : { version: Number(version), jwe };
  }

  async put(id: string, { version, jwe }: Sealed): Promise<void> {
    const key = keyOf(id);
    // In one step: a process that dies between two commands would leave tokens that never end.
    const both = this.client.multi().hSet(key, { version, jwe }).pExpire(key, this.lifetime);
    await available(both.exec());
  }

  async replace(id: string, version: number, next: Sealed): Promise<boolean> {
    const values = [version, next.version, next.jwe].map(String);
    return (await available(this.client.eval(REPLACE, { keys: [keyOf(id)], arguments: values }))) === 1;
  }

  async delete(id: string): Promise<void> {
    await available(this.client.del(keyOf(id)));
  }
}

class RedisLocks implements Locks {
  constructor(private readonly client: Client) {}

  async acquire(name: string, owner: string, ms: number): Promise<boolean> {
    const options = { condition: 'NX', expiration: { type: 'PX', value: ms } } as const;
    return (await available(this.client.set(lockOf(name), owner, options))) === 'OK';
  }

  async release(name: string, owner: string): Promise<void> {
    await available(this.client.eval(RELEASE, { keys: [lockOf(name)], arguments: [owner] }));
  }

  async isHeld(name: string): Promise<boolean> {
    return (await available(this.client.exists(lockOf(name)))) === 1;
  }
}

const keyOf = (id: string) => `app:tokens:${id}`;
const lockOf = (name: string) => `app:lock:${name}`;
