import { once } from 'node:events';
import net from 'node:net';
import { commandContext } from '../../lib/command-context';
import { UserError } from '../../lib/user-error';
import type { RunStore } from './store';

/** Bytes of what was written that are stored: far more than a run writes. */
const MOST = 64 * 1024 * 1024;
/** The keys of the app of the workshop. */
const KEYS = /app:[a-z]+:[^\r\n]+/g;

/** The Redis that the environment names for the checks, if any. It is never read from .env, which belongs to npm start. */
export function redisUrl(): string | undefined {
  const url = commandContext().env.REDIS_URL;
  if (!url) return undefined;
  if (URL.canParse(url) && new URL(url).protocol === 'redis:') return url;
  throw new UserError(
    `REDIS_URL must be an address such as redis://localhost:6379 for the checks, not "${url}".`,
  );
}

/** A Redis that runs already, behind a relay of its own: so a check can let it go away and come back, and see what is
 * written, and the server notices nothing. What the run wrote is deleted at its end. */
export async function redisStore(url: string): Promise<RunStore> {
  const server = new URL(url);
  const written: Buffer[] = [];
  let length = 0;
  let away: 'refused' | 'silent' | undefined;
  const open = new Set<net.Socket>();
  const listener = net.createServer((client) => {
    const target = net.connect(Number(server.port || 6379), server.hostname.replace(/^\[|\]$/g, ''));
    for (const socket of [client, target]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        target.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MOST) written.push(chunk);
      if (away !== 'silent') target.write(chunk);
    });
    target.on('data', (chunk: Buffer) => {
      if (away !== 'silent') client.write(chunk);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  const relayed = new URL(url);
  relayed.host = `127.0.0.1:${port}`;
  const bytes = () => Buffer.concat(written);
  return {
    url: relayed.href,
    redis: {
      goAway: (how = 'refused') => {
        away = how;
        if (how === 'silent') return;
        listener.close();
        cut();
      },
      comeBack: () => {
        // Nothing of what was swallowed can be made up for.
        if (away === 'silent') cut();
        if (away === 'refused') listener.listen(port, '127.0.0.1');
        away = undefined;
      },
    },
    bytes: async () => bytes(),
    close: async () => {
      cut();
      listener.close();
      await forget(url, [...new Set(bytes().toString('latin1').match(KEYS))]);
    },
  };
}

async function forget(url: string, keys: string[]): Promise<void> {
  if (keys.length === 0) return;
  const { createClient } = require('redis') as typeof import('redis');
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  // A server that is gone has forgotten, or will at the end of each key.
  client.on('error', () => {});
  await client
    .connect()
    .then(() => client.del(keys))
    .catch(() => {});
  client.destroy();
}
