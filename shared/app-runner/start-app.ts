import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { APP_SETTINGS } from '../lib/app-settings';
import { commandContext } from '../lib/command-context';
import type { Finding } from '../lib/finding';
import { listenOnLoopback } from '../lib/listen';
import { REGISTER } from '../lib/places';
import type { AgentEvent } from './agent';
import { AppTrouble, crashed, fatalErrorOf } from './diagnose-crash';
import { busyMachine, hangs, listensElsewhere, nothingLeft } from './diagnose-startup';
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
import { API, API_FOLDER, APP, type Kind } from './types';

/** An app that throws at every request reports the same thing again and again. */
const MOST_EVENTS = 1000;
/** Milliseconds in which an app that listens elsewhere must also listen on its port. */
const GRACE = 1000;
/** Milliseconds for loading packages: a slow machine needs long, and the app does not hang. */
const MOST_PATIENCE = 20_000;
/** Milliseconds of processor time that a start needs: a busy app that had less is on a busy machine. */
const ENOUGH_CPU = 1000;
/** Milliseconds after an app's end until its output and reports have been read. */
const READ_WITHIN = 2000;
/** Answers to questions, and messages of the wire, are no events of the app. */
const ANSWERS = ['wire', 'advanced', 'loaded', 'silent', 'synchronised'];

export interface AppProcess {
  kind: Kind;
  /** The folder to which places in its findings are relative. */
  root: string;
  port: number;
  /** http://localhost:PORT */
  origin: string;
  child: ChildProcess;
  /** Its last output, of both streams. */
  output(): string;
  /** Its exit code; null when a signal ended it. */
  exited: Promise<number | null>;
  /** Resolves once it has ended, and its output and reports have arrived. */
  ended: Promise<void>;
  /** What its agent reported: ports on which it listens, errors that its handlers threw. */
  events: readonly AgentEvent[];
  /** Waits until `output` and `events` are complete so far: see Synchroniser. */
  synchronise(within?: number): Promise<boolean>;
  /** Whether it ended because somebody wanted that: no finding reports such an end. */
  readonly endIsWanted?: boolean;
  close(): Promise<void>;
}

export interface AppOptions {
  /** 0, the default, takes a free port. */
  port?: number;
  env: Record<string, string>;
  /** What runs, in the words of messages; the app by default. */
  kind?: Kind;
  /** The folder to which places in findings are relative; the program's own by default. */
  root?: string;
  /** Receives each piece of its output. */
  onOutput?: (text: string) => void;
  /** Receives each of `events`. */
  onEvent?: (event: AgentEvent) => void;
  /** Milliseconds until it must listen, unless it still loads its packages then. */
  patience?: number;
  /** How to choose another port, for the message. */
  setting?: string;
  /** Gives the app a prewarmed process. */
  prewarmed?: AppHost | undefined;
  /** Ends the wait, and the app with it. */
  signal?: AbortSignal;
  /** Called each time that `patience` has passed: the app is not given up then, and the wait goes on. */
  onSlow?: (finding: Finding) => void;
}

export type OwnApiOptions = Omit<AppOptions, 'kind' | 'root'>;

/** Starts an app's server.ts in a process of its own and waits until it listens.
 * @throws UserError when the port is taken. AppTrouble with the app's output when it ends or does not listen in time. */
export async function startApp(
  folder: string,
  {
    port = 0,
    env,
    kind = APP,
    root = folder,
    onOutput,
    onEvent,
    patience = MOST_PATIENCE,
    setting = '--port N or PORT',
    prewarmed,
    signal,
    onSlow,
  }: AppOptions,
): Promise<AppProcess> {
  const taken = await findPort(port, setting, `The ${kind.name}`);
  const origin = `http://localhost:${taken}`;
  const settings = { ...(kind === APP && { BASE_URL: origin }), ...env, PORT: String(taken) };
  const child = (await prewarmed?.take(settings)) ?? spawnApp(folder, settings);
  listenToSampler(child);
  const output = new Output(child, onOutput);
  const events: AgentEvent[] = [];
  child.on('message', (event: AgentEvent) => {
    // The app may send its parent anything.
    if (typeof event !== 'object' || event === null) return;
    if (ANSWERS.some((name) => name in event)) return;
    if (events.length >= MOST_EVENTS) return;
    events.push(event);
    onEvent?.(event);
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const ended = untilEnded(child, exited);
  const synchroniser = new Synchroniser(child, root, output, ended);
  const close = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const gone = await Promise.race([exited.then(() => true), delay(3000, false, { ref: false })]);
    if (!gone) child.kill('SIGKILL');
    await exited;
  };
  const app: AppProcess = {
    kind,
    root,
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
  await untilItListens(app, { patience, shown: onOutput !== undefined, onSlow }).catch(async (error) => {
    await close();
    throw error;
  });
  return app;
}

/** A program that the app started may hold its streams open longer than the app runs. */
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

/** The app gets its settings from the workshop only, not from the shell that starts it. */
export function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings: readonly string[] = [...APP_SETTINGS, 'PORT'];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !settings.includes(name)));
}

/** Starts the learner's own API, which is in the folder `api` of an app; with the settings of an API only.
 * @throws as startApp. */
export const startOwnApi = (folder: string, options: OwnApiOptions): Promise<AppProcess> =>
  startApp(path.join(folder, API_FOLDER), { ...options, kind: API, root: folder });

async function untilItListens(
  app: AppProcess,
  { patience, shown, onSlow }: { patience: number; shown: boolean; onSlow: AppOptions['onSlow'] },
): Promise<void> {
  const { root: folder, kind } = app;
  const start = Date.now();
  let end = start + patience;
  let over = false;
  let isSlow = false;
  let where: CurrentLocation | undefined;
  const ended = app.ended.then(() => {
    over = true;
  });
  const ports = () => app.events.flatMap((one) => ('listening' in one ? [one.listening] : []));
  const others = () => [...new Set(ports())].filter((one) => one !== app.port);
  const scene = () => ({ kind, folder, output: app.output(), port: app.port, error: fatalErrorOf(app) });
  while (!over && Date.now() < end) {
    if (ports().includes(app.port) && (await accepts(app.port))) return;
    if (others().length > 0 && !isSlow) end = Math.min(end, Date.now() + GRACE);
    await Promise.race([
      ended,
      once(app.child, 'message', { signal: AbortSignal.timeout(25) }).catch(() => {}),
    ]);
    if (over || Date.now() < end) continue;
    if (others().length > 0) {
      if (!onSlow) continue;
      isSlow = true;
      onSlow(listensElsewhere(scene(), others()));
      end = Date.now() + patience;
      continue;
    }
    // An app that serves from a process of its own reports nothing.
    if (onSlow && (await accepts(app.port))) return;
    // Twice: nothing can interrupt an app that loads the compiler.
    where = (await askLocation(app.child, folder)) ?? (await askLocation(app.child, folder));
    const loads = where?.loading ?? !isSamplerReady(app.child);
    const waitsForCpu =
      (where?.cpu ?? 0) < ENOUGH_CPU && (where?.busy !== undefined || (await isStarved(app.child)));
    if ((loads || waitsForCpu) && Date.now() < start + MOST_PATIENCE) end = Date.now() + patience;
    else if (onSlow && !over) {
      isSlow = true;
      const waited = Date.now() - start;
      onSlow(
        loads || waitsForCpu
          ? busyMachine(scene(), { waited, cpu: where?.cpu })
          : hangs(scene(), where, waited),
      );
      end = Date.now() + patience;
    }
  }
  // An app that serves from a process of its own reports nothing. Earlier, the listener could be another program.
  if (!over && (await accepts(app.port))) return;
  const output = shown ? 'Its last output is above.' : app.output().trim() || '(it wrote nothing)';
  if (over) {
    const unresolved = app.events.flatMap((one) => ('unresolved' in one ? [one.unresolved] : [])).at(-1);
    throw new AppTrouble(
      `The ${kind.name} ended instead of listening:\n${output}`,
      unresolved && app.child.exitCode === 0
        ? nothingLeft(scene(), locationIn(unresolved, folder))
        : crashed(scene(), app.child.exitCode, app.child.signalCode, 'start'),
    );
  }
  const elsewhere = others().length > 0 ? `, but on ${others().join(', ')}` : '';
  throw new AppTrouble(
    `The ${kind.name} does not listen on port ${app.port} (setting PORT) after ${patience / 1000} s${elsewhere}:\n${output}`,
    others().length > 0 ? listensElsewhere(scene(), others()) : hangs(scene(), where, Date.now() - start),
  );
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket
      .once('error', () => resolve(false))
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      });
  });
}

/** A port that is free on both loopback addresses; 0 finds one. A program that listens there would pass for the app.
 * @throws UserError when the port is taken, naming the setting to change. */
export async function findPort(port: number, setting: string, party = 'The app'): Promise<number> {
  const found = await listenOnLoopback(() => {}, { port, party, setting });
  await found.close();
  return found.port;
}
