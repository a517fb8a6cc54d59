import { type ChildProcess, fork } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { hash } from '@node-rs/bcrypt';
import { REGISTER } from '../../shared/lib/places';
import { temporaryFolder } from '../support/workshop';
import { type LearnersTenant, learnersTenant } from './learner';
import { type Target, Worker } from './logins';
import type { ServerMessage, ServerSettings, Wish } from './tenant-server';

const AUDIENCE = 'https://appointments.example/api';
const CALLBACK = 'http://localhost:3000/callback';
const PASSWORD = 'correct horse battery staple';
/** Accounts of each kind: as many as there are workers at a time. */
const ACCOUNTS = 16;

/** What is done in one round. */
export interface Kind {
  /** Whose password has the hash that ships, or the cheapest one that users.json allows, so that the server shows instead of bcrypt. */
  user: 'shipped' | 'cheapest';
  workers: number;
  /** Whether each worker has an account of its own; else all log in to one, as a class may that shares a tenant. */
  isolated?: boolean;
  each: number;
  /** Refreshes instead of logins. */
  refresh: boolean;
}

/** Megabytes, after a collection of what is no longer used. */
export interface Memory {
  rss: number;
  heap: number;
  /** Things that our tenant keeps; none of a bare one. */
  retained: number;
}

export interface Server {
  /** Milliseconds from the start of its process until it answered. */
  ready: number;
  /** @returns things per second. */
  round(kind: Kind): Promise<number>;
  memory(): Promise<Memory>;
  /** Moves its clock ahead. */
  later(seconds: number): Promise<void>;
  /** Ends its process; fulfilled when it has ended. */
  close(): Promise<void>;
}

/** Starts servers with the same users and the same key, each in a process of its own, separate from the load; all end with the work. */
export async function withServers<T>(
  work: (start: (kind: ServerSettings['kind']) => Promise<Server>) => Promise<T>,
): Promise<T> {
  const { folder, remove } = temporaryFolder();
  const servers: Server[] = [];
  const learners: LearnersTenant[] = [];
  try {
    const users = path.join(folder, 'users.json');
    fs.writeFileSync(
      users,
      JSON.stringify([...(await accounts('shipped', 10)), ...(await accounts('cheapest', 4))]),
    );
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = privateKey.export({ format: 'jwk' });
    const key = { ...jwk, alg: 'RS256', use: 'sig', kid: 'bench' } as ServerSettings['key'];
    return await work(async (kind) => {
      const learner = await learnersTenant(kind === 'with an Action', CALLBACK);
      learners.push(learner);
      const { config, data } = learner;
      const server = await startServer({
        kind,
        config,
        data,
        users,
        key,
        audience: AUDIENCE,
        callback: CALLBACK,
      });
      servers.push(server);
      return server;
    });
  } finally {
    // Until then they may write into their folders.
    await Promise.all(servers.map((server) => server.close()));
    for (const learner of learners) learner.remove();
    remove();
  }
}

/** Accounts with one password: the first one is shared where workers have none of their own. */
async function accounts(name: Kind['user'], cost: number) {
  const password_hash = await hash(PASSWORD, { cost });
  return Array.from({ length: ACCOUNTS }, (_, i) => ({
    email: emailOf(name, i),
    name: 'Ann Archer',
    email_verified: true,
    password_hash,
  }));
}

const emailOf = (name: Kind['user'], account: number) => `${name}-${account}@example.com`;

async function startServer(settings: ServerSettings): Promise<Server> {
  const start = performance.now();
  const child = fork(path.join(__dirname, 'tenant-server.ts'), {
    execArgv: ['-r', REGISTER, '--expose-gc'],
  });
  const ended = once(child, 'exit');
  const { port } = (await ask(child, settings)) as { port: number };
  const ready = performance.now() - start;
  return {
    ready,
    round: (kind) => round(port, kind),
    memory: async () => {
      const { rss, heap, retained } = (await ask(child, 'memory')) as Memory;
      return { rss: rss / 2 ** 20, heap: heap / 2 ** 20, retained: retained };
    },
    later: async (seconds) => {
      await ask(child, { later: seconds });
    },
    close: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

async function ask(child: ChildProcess, wish: Wish): Promise<ServerMessage> {
  const settled = new AbortController();
  const { signal } = settled;
  const answer = once(child, 'message', { signal });
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new Error('a server of the benchmark ended');
  });
  child.send(wish);
  try {
    return ((await Promise.race([answer, ended])) as [ServerMessage])[0];
  } finally {
    settled.abort();
    await Promise.allSettled([answer, ended]);
  }
}

async function round(port: number, kind: Kind): Promise<number> {
  const target = (worker: number): Target => ({
    port,
    audience: AUDIENCE,
    callback: CALLBACK,
    email: emailOf(kind.user, kind.isolated ? worker % ACCOUNTS : 0),
    password: PASSWORD,
  });
  const workers = Array.from({ length: kind.workers }, (_, i) => new Worker(target(i)));
  const tokens = kind.refresh ? await Promise.all(workers.map((worker) => worker.logIn())) : [];
  const start = performance.now();
  await Promise.all(
    workers.map(async (worker, w) => {
      let token = tokens[w] ?? '';
      for (let i = 0; i < kind.each; i++)
        token = kind.refresh ? await worker.refresh(token) : await worker.logIn();
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const worker of workers) worker.close();
  return (kind.workers * kind.each) / seconds;
}
