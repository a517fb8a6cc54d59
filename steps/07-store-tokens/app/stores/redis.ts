import { RedisStore } from 'connect-redis';
import { createClient } from 'redis';
import { SettingsError } from '../config';
import type { StoreConfig } from '../store-config';
import { type Locks, type Sealed, type SharedStore, StoreUnavailable } from './shared-store';

/** Milliseconds. The user gets a page within five seconds, also when Redis is silent. */
const CONNECT_WITHIN = 2000;
const ANSWER_WITHIN = 2000;
const SILENT_FOR = 3000;
const PING_EVERY = 1000;

/** Redis or Valkey: all processes of all machines open it. @throws SettingsError */
export function redisStore({ url, absoluteSeconds, idleSeconds }: StoreConfig): SharedStore {
  const redis = new Connection(connect(url));
  return {
    sessions: new RedisStore({ client: commandsOf(redis), prefix: 'app:session:', ttl: idleSeconds }),
    tokens: new RedisTokens(redis, absoluteSeconds * 1000),
    locks: new RedisLocks(redis),
  };
}

type Client = ReturnType<typeof clientFor>;

const clientFor = (url: string, signal: AbortSignal) =>
  createClient({
    url,
    // A request gets its error page at once, and does not wait for Redis to come back.
    disableOfflineQueue: true,
    pingInterval: PING_EVERY,
    socket: {
      connectTimeout: CONNECT_WITHIN,
      // A connection that was cut without a word is given up, and made again.
      socketTimeout: SILENT_FOR,
      reconnectStrategy: (attempt) => Math.min(50 * attempt, 1000),
      // The client's own end would leave open a connection that is just being made.
      signal,
    },
  });

function connect(url: string): Client {
  const end = new AbortController();
  let client: Client;
  try {
    client = clientFor(url, end.signal);
  } catch (error) {
    // Without the address, which can have a password.
    throw new SettingsError(`The app cannot use STORE_URL as the address of a Redis: ${textOf(error)}`);
  }
  let reported = '';
  // An error without a listener ends the process. Attempts go on, so each reason is logged once.
  client.on('error', (error) => {
    const reason = textOf(error);
    if (reason !== reported) console.error(`The store is not available: ${reason}`);
    reported = reason;
  });
  client.on('ready', () => {
    if (reported) console.error('The store is available again.');
    reported = '';
  });
  // The app starts without Redis too, and uses it as soon as it is there.
  client.connect().catch(() => {});
  // An open connection would keep the process alive.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      if (client.isOpen) client.destroy();
      end.abort();
    });
  return client;
}

/** A host with several addresses gives an error without a message, and with a code. */
const textOf = (error: unknown): string => {
  const { message, code } = Object(error);
  return message || code || String(error);
};

/** A connection on which each command is answered in time, or fails. The client's own limit ends when it has written a command. */
class Connection {
  #isSilent = false;
  /** The first requests wait until the connection is made, or has failed. */
  readonly #isTried: Promise<unknown>;

  constructor(private readonly client: Client) {
    this.#isTried = new Promise<unknown>((resolve) => client.once('ready', resolve).once('error', resolve));
  }

  /** @throws StoreUnavailable */
  async ask<T>(command: (client: Client) => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    try {
      // Whatever is written makes the client wait longer: without that, it gives up a silent connection.
      if (this.#isSilent) throw new Error('it has not answered the commands before');
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          this.#isSilent = true;
          reject(new Error(`no answer within ${ANSWER_WITHIN} ms`));
        }, ANSWER_WITHIN);
      });
      // An answer that comes late is one too, and so is the end of the connection.
      const heard = () => {
        this.#isSilent = false;
      };
      const answer = this.#isTried.then(() => command(this.client));
      answer.then(heard, heard);
      return await Promise.race([answer, late]);
    } catch (error) {
      throw new StoreUnavailable('Redis does not answer', { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The commands of a client that connect-redis uses. */
const commandsOf = (redis: Connection) => ({
  get: (key: string) => redis.ask((client) => client.get(key)),
  set: (...words: Parameters<Client['set']>) => redis.ask((client) => client.set(...words)),
  expire: (key: string, seconds: number) => redis.ask((client) => client.expire(key, seconds)),
  del: (keys: string[]) => redis.ask((client) => client.del(keys)),
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
    private readonly redis: Connection,
    private readonly lifetime: number,
  ) {}

  async get(id: string): Promise<Sealed | undefined> {
    const { version, jwe } = await this.redis.ask((client) => client.hGetAll(keyOf(id)));
    return version === undefined || jwe === undefined ? undefined : { version: Number(version), jwe };
  }

  async put(id: string, { version, jwe }: Sealed): Promise<void> {
    const key = keyOf(id);
    // In one step: a process that dies between two commands would leave tokens that never end.
    await this.redis.ask((client) =>
      client.multi().hSet(key, { version, jwe }).pExpire(key, this.lifetime).exec(),
    );
  }

  async replace(id: string, version: number, next: Sealed): Promise<boolean> {
    const values = [version, next.version, next.jwe].map(String);
    const asked = { keys: [keyOf(id)], arguments: values };
    return (await this.redis.ask((client) => client.eval(REPLACE, asked))) === 1;
  }

  async delete(id: string): Promise<void> {
    await this.redis.ask((client) => client.del(keyOf(id)));
  }
}

class RedisLocks implements Locks {
  constructor(private readonly redis: Connection) {}

  async acquire(name: string, owner: string, ms: number): Promise<boolean> {
    const options = { condition: 'NX', expiration: { type: 'PX', value: ms } } as const;
    return (await this.redis.ask((client) => client.set(lockOf(name), owner, options))) === 'OK';
  }

  async release(name: string, owner: string): Promise<void> {
    const asked = { keys: [lockOf(name)], arguments: [owner] };
    // A lock that is not released ends by itself.
    await this.redis.ask((client) => client.eval(RELEASE, asked)).catch(() => {});
  }

  async isHeld(name: string): Promise<boolean> {
    return (await this.redis.ask((client) => client.exists(lockOf(name)))) === 1;
  }
}

const keyOf = (id: string) => `app:tokens:${id}`;
const lockOf = (name: string) => `app:lock:${name}`;
