import { type ChildProcess, fork } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { hash } from '@node-rs/bcrypt';
import { temporaryFolder } from '../support/workshop';
import { type Target, Worker } from './logins';
import { median, ratio } from './numbers';
import type { ServerMessage, ServerSettings } from './tenant-server';

const AUDIENCE = 'https://appointments.example/api';
const CALLBACK = 'http://localhost:3000/callback';
const PASSWORD = 'correct horse battery staple';
/** Rounds take turns, and the ratio is the median of theirs: the machine's own ups and downs meet both. */
const ROUNDS = 7;

/** What is timed. */
const KINDS = {
  'log-ins, one after another': { user: 'shipped', workers: 1, each: 12, refresh: false },
  'log-ins, 16 at once': { user: 'shipped', workers: 16, each: 3, refresh: false },
  'log-ins, 16 at once, cheapest hash': { user: 'cheapest', workers: 16, each: 6, refresh: false },
  'log-ins, one after another, cheapest hash': { user: 'cheapest', workers: 1, each: 30, refresh: false },
  'refreshes, 16 at once': { user: 'cheapest', workers: 16, each: 40, refresh: true },
} as const;

export interface TenantFigure {
  what: string;
  /** Per second, medians. */
  ours: number;
  bare: number;
  /** The median of the rounds' ratios; wanted: at least 0.9. */
  ratio: number;
}

export interface TenantBench {
  figures: TenantFigure[];
  /** Megabytes of our tenant, after a garbage collection. */
  memory: { logIns: number; rss: number; heap: number }[];
}

/**
 * The tenant against bare oidc-provider with the same key type, pages and password check; each server in a process of
 * its own, the load in this one.
 */
export async function benchTenant({ memory = true } = {}): Promise<TenantBench> {
  const { folder, remove } = temporaryFolder();
  const servers: Server[] = [];
  try {
    const users = path.join(folder, 'users.json');
    const [shipped, cheapest] = await Promise.all([
      hash(PASSWORD, { cost: 10 }),
      hash(PASSWORD, { cost: 4 }),
    ]);
    const entry = (email: string, password_hash: string) => ({
      email,
      name: 'Ann Archer',
      email_verified: true,
      password_hash,
    });
    fs.writeFileSync(
      users,
      JSON.stringify([entry('shipped@example.com', shipped), entry('cheapest@example.com', cheapest)]),
    );
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = {
      ...privateKey.export({ format: 'jwk' }),
      alg: 'RS256',
      use: 'sig',
      kid: 'bench',
    } as ServerSettings['key'];
    for (const kind of ['ours', 'bare'] as const) {
      servers.push(await startServer({ kind, folder, users, key, audience: AUDIENCE, callback: CALLBACK }));
    }
    const [ours, bare] = servers as [Server, Server];
    for (const server of servers) await round(server.port, KINDS['log-ins, 16 at once, cheapest hash']);
    const figures: TenantFigure[] = [];
    for (const [what, kind] of Object.entries(KINDS)) {
      const seen: { ours: number; bare: number }[] = [];
      for (let i = 0; i < ROUNDS; i++) {
        // Who begins changes from round to round.
        const [first, second] = i % 2 === 0 ? [ours, bare] : [bare, ours];
        const a = await round(first.port, kind);
        const b = await round(second.port, kind);
        seen.push(i % 2 === 0 ? { ours: a, bare: b } : { ours: b, bare: a });
      }
      figures.push({
        what,
        ours: median(seen.map((one) => one.ours)),
        bare: median(seen.map((one) => one.bare)),
        ratio: ratio(
          seen.map((one) => one.ours),
          seen.map((one) => one.bare),
        ),
      });
    }
    return { figures, memory: memory ? await memoryOf(users, key, folder) : [] };
  } finally {
    for (const server of servers) server.child.disconnect();
    remove();
  }
}

/** Our tenant's memory after 1000 and 5000 log-ins, from a fresh start. */
async function memoryOf(
  users: string,
  key: ServerSettings['key'],
  parent: string,
): Promise<TenantBench['memory']> {
  const folder = path.join(parent, 'memory');
  fs.mkdirSync(folder);
  const server = await startServer({
    kind: 'ours',
    folder,
    users,
    key,
    audience: AUDIENCE,
    callback: CALLBACK,
  });
  const found: TenantBench['memory'] = [];
  let logIns = 0;
  for (const goal of [0, 1000, 5000]) {
    const workers = Math.min(16, goal - logIns);
    if (workers > 0)
      await round(server.port, {
        user: 'cheapest',
        workers,
        each: Math.ceil((goal - logIns) / workers),
        refresh: false,
      });
    logIns = goal;
    const { rss, heap } = (await ask(server.child, 'memory')) as { rss: number; heap: number };
    found.push({ logIns: goal, rss: rss / 2 ** 20, heap: heap / 2 ** 20 });
  }
  server.child.disconnect();
  return found;
}

/** Things per second of one round. */
async function round(
  port: number,
  kind: { user: string; workers: number; each: number; refresh: boolean },
): Promise<number> {
  const target: Target = {
    port,
    audience: AUDIENCE,
    callback: CALLBACK,
    email: `${kind.user}@example.com`,
    password: PASSWORD,
  };
  const workers = Array.from({ length: kind.workers }, () => new Worker(target));
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

interface Server {
  child: ChildProcess;
  port: number;
}

async function startServer(settings: ServerSettings): Promise<Server> {
  const child = fork(path.join(__dirname, 'tenant-server.ts'), {
    execArgv: ['-r', 'ts-node/register', '--expose-gc'],
  });
  const { port } = (await ask(child, settings)) as { port: number };
  return { child, port };
}

async function ask(child: ChildProcess, message: ServerSettings | 'memory'): Promise<ServerMessage> {
  const answer = once(child, 'message');
  child.send(message);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('a server of the benchmark ended')));
  return ((await Promise.race([answer, ended])) as [ServerMessage])[0];
}

/** The figures as lines of a table. */
export function describeTenantBench({ figures, memory }: TenantBench): string[] {
  const lines = figures.map(
    ({ what, ours, bare, ratio: r }) =>
      `${what.padEnd(44)} ${ours.toFixed(0).padStart(6)}/s  bare ${bare.toFixed(0).padStart(6)}/s  ratio ${r.toFixed(2)}  (wanted: 0.90)`,
  );
  return [
    ...lines,
    ...memory.map(
      ({ logIns, rss, heap }) =>
        `memory after ${String(logIns).padStart(4)} log-ins: ${rss.toFixed(0)} MB resident, ${heap.toFixed(0)} MB heap`,
    ),
  ];
}
