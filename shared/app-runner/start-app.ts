import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { APP_SETTINGS } from '../lib/app-settings';
import { commandContext } from '../lib/command-context';
import { listenOnLoopback } from '../lib/listen';
import { REGISTER } from '../lib/places';
import type { AgentEvent } from './agent';
import { AppTrouble, crashed, fatalErrorOf } from './diagnose-crash';
import { hangs, listensElsewhere, nothingLeft } from './diagnose-startup';
import { HAS_LINE, STREAMS } from './ipc-messages';
import { Output } from './output';
import type { AppHost } from './prewarmed-process';
import {
  askLocation,
  type CurrentLocation,
  isSamplerReady,
  isStarved,
  listenToSampler,
  locationIn,
} from './sample-stack';
import { Synchroniser } from './synchronise';

/** An app that throws at each of ten thousand requests says the same thing again and again. */
const MOST_EVENTS = 1000;
/** Milliseconds that an app which listens elsewhere has to listen on its port too. */
const GRACE = 1000;
/** Milliseconds that an app may load its packages for: it takes long on a slow machine, and is no hanging. */
const MOST_PATIENCE = 20_000;
/** Milliseconds of processor time with which an app has started: one that is at work and had less has a busy machine. */
const ENOUGH_CPU = 1000;

/** Milliseconds after an app's end until what it wrote and reported has been read. */
const READ_WITHIN = 2000;
/** What the app's process answers when it is asked is no event of the app. */
const ANSWERS = ['wire', 'turned', 'loaded', 'silent', 'synchronised'];

export interface AppProcess {
  port: number;
  /** http://localhost:PORT */
  origin: string;
  child: ChildProcess;
  /** What it wrote last, to both streams. */
  output(): string;
  /** Its exit code; null when a signal ended it. */
  exited: Promise<number | null>;
  /** Resolves once it has ended, and what it wrote and reported before has arrived. */
  ended: Promise<void>;
  /** What it reported of itself: ports on which it listens, errors that its handlers threw. */
  events: readonly AgentEvent[];
  /** Waits until `output` and `events` have all that the app wrote and reported so far: see Synchroniser. */
  synchronise(within?: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface AppOptions {
  /** 0, the default, takes a free port. */
  port?: number;
  env: Record<string, string>;
  /** Gets each piece of its output. */
  onOutput?: (text: string) => void;
  /** Milliseconds until it must listen, unless it still loads its packages then. */
  patience?: number;
  /** How to choose another port, for the message. */
  setting?: string;
  /** A process that waits for this app. */
  prewarmed?: AppHost | undefined;
  /** Ends the wait, and the app with it. */
  signal?: AbortSignal;
}

/**
 * Starts an app's server.ts in a process of its own and waits until it listens.
 *
 * @throws UserError when the port is taken, and with the app's last words when it ends or does not listen in time.
 */
export async function startApp(
  folder: string,
  {
    port = 0,
    env,
    onOutput,
    patience = MOST_PATIENCE,
    setting = '--port N or PORT',
    prewarmed,
    signal,
  }: AppOptions,
): Promise<AppProcess> {
  const taken = await findPort(port, setting);
  const origin = `http://localhost:${taken}`;
  const settings = { BASE_URL: origin, ...env, PORT: String(taken) };
  const child = (await prewarmed?.take(settings)) ?? spawnApp(folder, settings);
  listenToSampler(child);
  const output = new Output(child, onOutput);
  const events: AgentEvent[] = [];
  child.on('message', (words: AgentEvent) => {
    // The app may send its parent anything.
    if (typeof words !== 'object' || words === null) return;
    if (ANSWERS.some((name) => name in words)) return;
    if (events.length < MOST_EVENTS) events.push(words);
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const ended = untilEnded(child, exited);
  const synchroniser = new Synchroniser(child, folder, output, ended);
  const close = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const gone = await Promise.race([exited.then(() => true), delay(3000, false, { ref: false })]);
    if (!gone) child.kill('SIGKILL');
    await exited;
  };
  const app: AppProcess = {
    port: taken,
    origin,
    child,
    output: () => output.text,
    exited,
    ended,
    events,
    synchronise: (within) => synchroniser.synchronise(within),
    close,
  };
  const kill = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', kill);
  exited.finally(() => signal?.removeEventListener('abort', kill)).catch(() => {});
  if (signal?.aborted) kill();
  await untilItListens(app, folder, patience, onOutput !== undefined).catch(async (error) => {
    await close();
    throw error;
  });
  return app;
}

/** A program that the app started may hold its streams open for longer than the app runs. */
async function untilEnded(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  const gone = child.connected ? once(child, 'disconnect') : undefined;
  const read = Promise.all([once(child, 'close'), gone]).catch(() => {});
  await exited.catch(() => {});
  await Promise.race([read, delay(READ_WITHIN, undefined, { ref: false })]);
}

function spawnApp(folder: string, settings: Record<string, string>): ChildProcess {
  const agent = path.join(__dirname, 'agent', 'index.ts');
  return spawn(process.execPath, ['-r', REGISTER, '-r', agent, 'server.ts'], {
    cwd: folder,
    env: { ...withoutSettings(commandContext().env), ...settings, [HAS_LINE]: '1' },
    stdio: STREAMS,
  });
}

/** The app must get its settings from the workshop only, not from the shell that happens to start it. */
export function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings: readonly string[] = [...APP_SETTINGS, 'PORT'];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !settings.includes(name)));
}

async function untilItListens(
  app: AppProcess,
  folder: string,
  patience: number,
  shown: boolean,
): Promise<void> {
  const start = Date.now();
  let end = start + patience;
  let over = false;
  let where: CurrentLocation | undefined;
  const ended = app.ended.then(() => {
    over = true;
  });
  const ports = () => app.events.flatMap((one) => ('listening' in one ? [one.listening] : []));
  const others = () => [...new Set(ports())].filter((one) => one !== app.port);
  while (!over && Date.now() < end) {
    if (ports().includes(app.port) && (await accepts(app.port))) return;
    if (others().length > 0) end = Math.min(end, Date.now() + GRACE);
    await Promise.race([
      ended,
      once(app.child, 'message', { signal: AbortSignal.timeout(25) }).catch(() => {}),
    ]);
    if (over || others().length > 0 || Date.now() < end) continue;
    // Once more: while the compiler itself is loaded nobody can interrupt.
    where = (await askLocation(app.child, folder)) ?? (await askLocation(app.child, folder));
    const loads = where?.loading ?? !isSamplerReady(app.child);
    const waitsForCpu =
      (where?.cpu ?? 0) < ENOUGH_CPU && (where?.busy !== undefined || (await isStarved(app.child)));
    if ((loads || waitsForCpu) && Date.now() < start + MOST_PATIENCE) end = Date.now() + patience;
  }
  // An app that serves from another process reports nothing. Until now the listener could be a stranger's.
  if (!over && (await accepts(app.port))) return;
  const words = shown ? 'Its last words stand above.' : app.output().trim() || '(it wrote nothing)';
  const scene = { folder, output: app.output(), port: app.port, error: fatalErrorOf(app) };
  if (over) {
    const stranded = app.events.flatMap((one) => ('stranded' in one ? [one.stranded] : [])).at(-1);
    throw new AppTrouble(
      `The app ended instead of listening:\n${words}`,
      stranded && app.child.exitCode === 0
        ? nothingLeft(scene, locationIn(stranded, folder))
        : crashed(scene, app.child.exitCode, app.child.signalCode, false),
    );
  }
  const elsewhere = others().length > 0 ? `, but on ${others().join(', ')}` : '';
  throw new AppTrouble(
    `The app does not listen on port ${app.port} (setting PORT) after ${patience / 1000} s${elsewhere}:\n${words}`,
    others().length > 0 ? listensElsewhere(scene, others()) : hangs(scene, where, Date.now() - start),
  );
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/**
 * A port that is free on both loopback addresses: a program that listens there already would be taken for the app.
 *
 * @param port 0 finds one.
 * @throws UserError when the port is taken, naming the setting to change.
 */
export async function findPort(port: number, setting: string): Promise<number> {
  const found = await listenOnLoopback(() => {}, { port, party: 'The app', setting });
  await found.close();
  return found.port;
}
