import http from 'node:http';
import https from 'node:https';
import Module, { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { begin } from '../../shared/app-runner/agent';
import { nameSender } from '../../shared/app-runner/agent/name-sender';
import { type Demand, type Ended, LAST_WORD } from './resident';
import { differences, shapeOf } from './resident-state';

/*
 * The main program of a process that runs app after app: each gets its files loaded again, and packages as they were before the first one. What
 * an app may leave behind is taken away; when anything else is left, the process says so and is not used again.
 */

/** Where Node.js keeps the connections of fetch. */
const CONNECTIONS = Symbol.for('undici.globalDispatcher.1');
/** Milliseconds until what an app had open is closed. */
const PATIENCE = 1000;
/** What an app may listen to so as to end well: it is ended in another way here. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const files = Module as unknown as { runMain(): void; _pathCache: Record<string, string> };
const pug = require('pug') as { cache: Record<string, unknown> };
const servers = new Set<net.Server>();
const timers = new Set<NodeJS.Timeout>();
let before: Before | undefined;

/** What was there before the first app. */
interface Before {
  env: Record<string, string>;
  paths: ReadonlySet<string>;
  loaded: ReadonlySet<string>;
  shape: ReturnType<typeof shapeOf>;
  open: readonly string[];
}

// Old maps would give the lines of the app before.
createRequire(require.resolve('ts-node'))('@cspotcode/source-map-support').install({
  environment: 'node',
  emptyCacheBetweenOperations: true,
});
noteServers();
noteTimers();
process.on('message', (demand: Demand) => {
  // The app's agent receives other messages.
  if (typeof demand !== 'object') return;
  if ('load' in demand) load(demand.load);
  else if ('go' in demand) run(demand.go);
  else if ('end' in demand) void reportEnd(demand.end);
});
process.channel?.ref();

function load(packages: readonly string[]): void {
  for (const file of packages) require(file);
  // What an agent changes for an API, it changes before anything is compared.
  nameSender({ as: 'api', to: [] });
  // It is made at the first request.
  void fetch('data:,')
    .then((answer) => answer.text())
    .then(() => {
      before = {
        env: { ...process.env } as Record<string, string>,
        paths: new Set(Object.keys(files._pathCache)),
        loaded: new Set(Object.keys(require.cache)),
        shape: shapeOf(),
        open: process.getActiveResourcesInfo(),
      };
      process.send?.({ ready: true });
    });
}

function run(env: Record<string, string>): void {
  Object.assign(process.env, env);
  begin();
  const main = path.resolve('server.ts');
  process.argv[1] = main;
  files.runMain();
}

async function reportEnd(env: Record<string, string>): Promise<void> {
  process.send?.({ ending: true } satisfies Ended);
  const ended = await end(env);
  for (const stream of [process.stdout, process.stderr]) stream.write(LAST_WORD);
  process.send?.({ ended } satisfies Ended);
}

/**
 * Takes away what the app had.
 *
 * @param env the settings that it got.
 * @returns what is left and was not there before it.
 */
async function end(env: Record<string, string>): Promise<string[]> {
  if (!before) return ['it was not ready'];
  const { loaded, paths } = before;
  process.channel?.ref();
  for (const server of servers) {
    server.close();
    if (server instanceof http.Server) server.closeAllConnections();
  }
  servers.clear();
  for (const timer of timers) clearTimeout(timer);
  timers.clear();
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  for (const { globalAgent } of [http, https]) globalAgent.destroy();
  const connections = Reflect.get(globalThis, CONNECTIONS);
  await connections.destroy();
  Reflect.set(globalThis, CONNECTIONS, new connections.constructor());
  for (const key of Object.keys(pug.cache)) delete pug.cache[key];
  // As Node.js set them for the app's main program.
  Reflect.set(Module.prototype.require, 'main', module);
  process.mainModule = module;
  for (const file of Object.keys(require.cache)) if (!loaded.has(file)) delete require.cache[file];
  for (const key of Object.keys(files._pathCache)) if (!paths.has(key)) delete files._pathCache[key];
  // The agent takes its own order away.
  const given = { ...before.env, ...env, WORKSHOP_SENDER: undefined };
  const changed = Object.keys({ ...process.env, ...given }).filter(
    (name) => process.env[name] !== Reflect.get(given, name),
  );
  for (const name of Object.keys(process.env)) if (!(name in before.env)) delete process.env[name];
  Object.assign(process.env, before.env);
  // Empties the cache of maps.
  void new Error('at the end').stack;
  return [
    ...changed.map((name) => `the setting ${name}`),
    ...differences(before.shape),
    ...(await stillOpen(before.open)),
  ];
}

async function stillOpen(open: readonly string[]): Promise<string[]> {
  const start = performance.now();
  for (let i = 0; ; i++) {
    // The time that this waits itself must not be among them.
    await (i < 10 ? new Promise(setImmediate) : delay(5));
    const rest = [...open];
    const more = process.getActiveResourcesInfo().filter((one) => {
      const known = rest.indexOf(one);
      if (known >= 0) rest.splice(known, 1);
      return known < 0;
    });
    if (more.length === 0 || performance.now() - start > PATIENCE) return more.map((one) => `open: ${one}`);
  }
}

function noteServers(): void {
  const { listen } = net.Server.prototype;
  net.Server.prototype.listen = function (this: net.Server, ...rest: unknown[]) {
    servers.add(this);
    return (listen as (...all: unknown[]) => net.Server).apply(this, rest);
  } as typeof listen;
}

function noteTimers(): void {
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const real = globalThis[name] as (...rest: unknown[]) => NodeJS.Timeout;
    const noted = (...rest: unknown[]) => {
      const timer = real(...rest);
      timers.add(timer);
      return timer;
    };
    Reflect.set(globalThis, name, Object.assign(noted, real));
  }
}
