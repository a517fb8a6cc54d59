import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createClient } from 'redis';
import { REGISTER, ROOT } from '../../shared/lib/places';
import { startRedis, type TestRedis } from '../support/redis';

const OWNER = `
  require('./test/support/redis').startRedis().then(({ port, folder }) => process.send({ port, folder }));
`;

describe('the Redis of a test', () => {
  it('has its data after SIGKILL and a new start, if it writes them, on the same port', () =>
    withRedis(['--appendonly', 'yes', '--appendfsync', 'always'], async (redis) => {
      const { url } = redis;
      await asked(url, (client) => client.set('key', 'value'));
      await redis.stop('SIGKILL');
      expect(await answers(url)).to.equal(false);
      await redis.start();
      expect(redis.url).to.equal(url);
      expect(await asked(url, (client) => client.get('key'))).to.equal('value');
    }));

  it('stores nothing on the disk otherwise, and leaves neither process nor folder', async () => {
    const redis = await startRedis();
    await asked(redis.url, (client) => client.set('key', 'value'));
    await redis.stop();
    expect(fs.readdirSync(redis.folder)).to.deep.equal([]);
    await redis.start();
    expect(await asked(redis.url, (client) => client.get('key'))).to.equal(null);
    await redis.close();
    expect(await answers(redis.url)).to.equal(false);
    expect(fs.existsSync(redis.folder)).to.equal(false);
  });

  it('ends with the process of the test, also if that is killed', async () => {
    const owner = spawn(process.execPath, ['-r', REGISTER, '-e', OWNER], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [{ port, folder }] = (await once(owner, 'message')) as [{ port: number; folder: string }];
    const url = `redis://127.0.0.1:${port}`;
    expect(await answers(url)).to.equal(true);
    owner.kill('SIGKILL');
    while ((await answers(url)) || fs.existsSync(folder)) await delay(20);
  });

  it('that cannot start says why, and leaves no folder', async () => {
    const error = await startRedis(['--no-such-option', 'x']).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message)
      .to.match(/redis-server|valkey-server/)
      .and.match(/no-such-option/i);
  });
});

async function withRedis(args: string[], use: (redis: TestRedis) => Promise<void>): Promise<void> {
  const redis = await startRedis(args);
  try {
    await use(redis);
  } finally {
    await redis.close();
  }
}

async function asked<T>(url: string, ask: (client: ReturnType<typeof clientOf>) => Promise<T>): Promise<T> {
  const client = await clientOf(url).connect();
  try {
    return await ask(client);
  } finally {
    client.destroy();
  }
}

/** A client that does not wait for a server that is gone. */
const clientOf = (url: string) =>
  createClient({ url, socket: { reconnectStrategy: false } }).on('error', () => {});

const answers = (url: string): Promise<boolean> =>
  asked(url, (client) => client.ping()).then(
    () => true,
    () => false,
  );
