import diagnostics from 'node:diagnostics_channel';
import type net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createClient } from 'redis';
import { startWorld, User, type World } from '../app/attacks';
import { type AppInProcess, removeApps, startAppInProcess } from '../support/app-in-process';
import { startRedis, type TestRedis } from '../support/redis';
import { until } from '../support/until';
import { openRedis } from './kinds';
import { asPromises, closable, closableApp, load, openStore, STEP, sessionFor, untilTrue } from './layer';

/** Milliseconds within which the user gets a page. */
const PAGE_WITHIN = 5000;
/** Milliseconds between requests: many in the time after which a silent connection ends. */
const PACE = 300;

describe('the app after step 07, on Redis', () => {
  let redis: TestRedis;
  let world: World;
  let app: AppInProcess;
  let user: User;
  let closeStore: () => void;
  const log: string[] = [];
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => unhandled.push(reason);
  const realError = console.error;

  before(async () => {
    redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    world = await startWorld();
    console.error = (...words: unknown[]) => log.push(words.join(' '));
    process.on('unhandledRejection', onUnhandled);
  });
  after(async () => {
    console.error = realError;
    process.off('unhandledRejection', onUnhandled);
    await world?.close();
    await redis?.close();
    removeApps();
  });
  const startApp = () =>
    closableApp(() =>
      startAppInProcess(STEP, { ...world.env, STORE_URL: redis.url, STORE_KEYS: '7'.repeat(64) }),
    );
  beforeEach(async () => {
    world.tenant.reset();
    ({ opened: app, close: closeStore } = await startApp());
    user = new User(world, app.origin);
  });
  afterEach(async () => {
    user.browser.close();
    closeStore();
    await app.close();
    expect(unhandled).to.deep.equal([]);
  });

  const logIn = async () => {
    await untilTrue(async () => (await user.get('/login')).status === 303);
    await user.logIn();
    expect(await user.isLoggedIn()).to.equal(true);
    log.length = 0;
  };
  /** A page with 503, in time. */
  const isAway = async () => {
    const begun = performance.now();
    const page = await user.get('/appointments');
    expect([page.status, /<h1>Not available at the moment<\/h1>/.test(page.body)]).to.deep.equal([503, true]);
    expect(page.headers['set-cookie']).to.equal(undefined);
    expect(performance.now() - begun).to.be.below(PAGE_WITHIN);
  };
  /** What the client of the store has logged. */
  const logged = () => log.filter((line) => /^The store is /.test(line));

  it('answers 503 while Redis is down, uses it when it is back, and nobody is logged out', async () => {
    await logIn();
    const refused = refusalsAt(redis.port);
    try {
      await redis.stop('SIGKILL');
      for (let i = 0; i < 3; i++) await isAway();
      // Several attempts to connect, which all fail for the same reason.
      await until(() => refused.count > 2);
    } finally {
      refused.close();
      await redis.start();
    }
    await untilTrue(() => user.isLoggedIn());
    const page = await user.get('/appointments');
    expect([page.status, page.body.includes('Dentist')]).to.deep.equal([200, true]);
    expect(logged().at(-1)).to.equal('The store is available again.');
    expect(logged().join('\n')).to.match(/^The store is not available: .*ECONNREFUSED/m);
    expect(new Set(logged()).size, logged().join('\n')).to.equal(logged().length);
  });

  it('answers 503 while Redis is silent, however many requests come, and goes on when it is back', async () => {
    await logIn();
    const server = await pidOf(redis);
    process.kill(server, 'SIGSTOP');
    try {
      // Each request that writes would prolong the connection.
      const asked: Promise<void>[] = [];
      await untilTrue(async () => {
        asked.push(isAway());
        await delay(PACE);
        return logged().length > 0;
      });
      await Promise.all(asked);
      expect(logged()[0]).to.match(/^The store is not available: Socket timeout/);
    } finally {
      process.kill(server, 'SIGCONT');
    }
    await untilTrue(() => user.isLoggedIn());
  });

  it('starts while Redis is down, and uses it as soon as it is there', async () => {
    await redis.stop();
    const { opened: early, close } = await startApp();
    const visitor = new User(world, early.origin);
    try {
      expect((await visitor.get('/')).status, 'a visitor without a cookie').to.equal(200);
      expect((await visitor.get('/login')).status).to.equal(503);
      await redis.start();
      await untilTrue(async () => (await visitor.get('/login')).status === 303);
      await visitor.logIn();
      expect(await visitor.isLoggedIn()).to.equal(true);
    } finally {
      visitor.browser.close();
      close();
      await early.close();
    }
  });

  it('says what is wrong when its address is none, and does not show the password', () => {
    const { SettingsError } = load<{ SettingsError: new () => Error }>('config');
    for (const url of ['redis://:secret@localhost:port', 'redis://:secret@localhost:6379/first']) {
      const open = () => openStore({ url });
      expect(open).to.throw(SettingsError, 'The app cannot use STORE_URL as the address of a Redis: ');
      expect(open).to.not.throw(/secret/);
    }
  });

  it('leaves no connection open, not even one that is just being made when the app ends', async () => {
    const { result, sockets } = socketsOf(() => closable(() => openStore({ url: redis.url })));
    expect(sockets).to.have.lengthOf(1);
    let wasMade = false;
    sockets[0]?.once('connect', () => {
      wasMade = true;
    });
    result.close();
    await until(() => sockets.every(({ destroyed }) => destroyed));
    expect(wasMade).to.equal(false);
  });

  it('names the reason when a host refuses on each of its addresses', async () => {
    await redis.stop();
    log.length = 0;
    const { close } = closable(() => openStore({ url: `redis://localhost:${redis.port}` }));
    try {
      await until(() => logged().some((line) => /not available: .*ECONNREFUSED/.test(line)));
      expect(logged().filter((line) => /not available: *$/.test(line))).to.deep.equal([]);
    } finally {
      close();
      await redis.start();
    }
  });

  it('forgets 10,000 sessions by their end', async () => {
    const { stores, close } = await openRedis(redis.url);
    const reader = await createClient({ url: redis.url }).connect();
    try {
      await reader.flushDb();
      const before = await expired(reader);
      const sessions = asPromises(stores[0].sessions);
      await Promise.all(Array.from({ length: 10_000 }, (_, i) => sessions.set(`s${i}`, sessionFor(1000))));
      await untilTrue(async () => (await expired(reader)) - before === 10_000);
      expect(await reader.dbSize()).to.equal(0);
      expect(await sessions.get('s1')).to.not.be.ok;
    } finally {
      reader.destroy();
      close();
    }
  });
});

const SOCKETS = 'net.client.socket';

/** The connections that this process begins to make during some work. */
function socketsOf<T>(work: () => T): { result: T; sockets: net.Socket[] } {
  const sockets: net.Socket[] = [];
  const onSocket = (message: unknown) => sockets.push((message as { socket: net.Socket }).socket);
  diagnostics.subscribe(SOCKETS, onSocket);
  try {
    return { result: work(), sockets };
  } finally {
    diagnostics.unsubscribe(SOCKETS, onSocket);
  }
}

/** Counts the connections that this process wants to a port and does not get. */
function refusalsAt(port: number) {
  const refused = { count: 0, close: () => diagnostics.unsubscribe(SOCKETS, onSocket) };
  const onSocket = (message: unknown) => {
    const { socket } = message as { socket: net.Socket };
    socket.once('error', (error: NodeJS.ErrnoException & { port?: number }) => {
      if (error.code === 'ECONNREFUSED' && error.port === port) refused.count++;
    });
  };
  diagnostics.subscribe(SOCKETS, onSocket);
  return refused;
}

/** How many keys the server has taken away at their end. */
async function expired(client: { info(section: string): Promise<string> }): Promise<number> {
  return Number(/expired_keys:(\d+)/.exec(await client.info('stats'))?.[1]);
}

/** The process of a server, by its own word. */
async function pidOf({ url }: TestRedis): Promise<number> {
  const client = await createClient({ url }).connect();
  try {
    return Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
  } finally {
    client.destroy();
  }
}
