import type { ChildProcess } from 'node:child_process';
import type { AgentEvent } from '../../app-runner/agent';
import { advanceClock } from '../../app-runner/ask-agent';
import type { SenderOrder } from '../../app-runner/own-api';
import type { AppHost } from '../../app-runner/prewarmed-process';
import { type AppProcess, startApp } from '../../app-runner/start-app';
import { APP } from '../../app-runner/types';

const PROCESSES = [0, 1] as const;
export type Index = (typeof PROCESSES)[number];

/** Between the requests that two processes report, and those that a process reports after it has started again. */
const FURTHER = 1_000_000;

export interface ProcessOptions {
  folder: string;
  /** The settings of each process, without PORT. */
  env: Record<string, string>;
  /** Milliseconds until each of them must listen. */
  patience: number;
  prewarmed: AppHost | undefined;
  /** Ends a start. */
  signal: AbortSignal;
  /** Milliseconds by which the clock of the run is ahead. */
  ahead: () => number;
}

/** The processes of one app. For explanations, they are like one: what they report and write is in one list. */
export class Processes implements AppProcess {
  readonly kind = APP;
  readonly root: string;
  readonly events: AgentEvent[] = [];
  /** Those that run; the place of one that was ended on purpose is empty. */
  readonly #running: (AppProcess | undefined)[] = PROCESSES.map(() => undefined);
  readonly #ports = PROCESSES.map(() => 0);
  /** All that ever ran, in the order of their starts. */
  readonly #all: AppProcess[] = [];
  /** The process that got the last request. */
  asked: number = 0;

  constructor(
    /** The address at which browsers reach them. */
    readonly origin: string,
    private readonly options: ProcessOptions,
  ) {
    this.root = options.folder;
  }

  /** The addresses of those that run, by index. */
  get addresses(): (string | undefined)[] {
    return this.#running.map((one) => one && `http://127.0.0.1:${one.port}`);
  }

  get running(): AppProcess[] {
    return this.#running.flatMap((one) => one ?? []);
  }

  /** The one that ended by itself. */
  get fallen(): AppProcess | undefined {
    return this.running.find(({ child }) => child.exitCode !== null || child.signalCode !== null);
  }

  get #chief(): AppProcess {
    const one = this.fallen ?? this.#running[this.asked] ?? this.running[0] ?? this.#all.at(-1);
    if (!one) throw new Error('no process of the app was started');
    return one;
  }

  /** The one that explains most: it ended by itself, or has the last request. */
  get child(): ChildProcess {
    return this.#chief.child;
  }

  get port(): number {
    return this.#chief.port;
  }

  get exited(): Promise<number | null> {
    return this.#chief.exited;
  }

  get ended(): Promise<void> {
    return this.#chief.ended;
  }

  get endIsWanted(): boolean {
    return this.fallen === undefined;
  }

  readonly output = (): string => this.fallen?.output() ?? this.#all.map((one) => one.output()).join('');

  readonly synchronise = async (within?: number): Promise<boolean> => {
    const all = await Promise.all(this.running.map((one) => one.synchronise(within)));
    return all.length > 0 && all.every(Boolean);
  };

  /** Starts one, on the port that it had before. @throws AppTrouble */
  async start(index: Index, further: Record<string, string> = {}): Promise<void> {
    if (this.#running[index]) throw new Error(`process ${index} runs already`);
    const { folder, env, patience, prewarmed, signal, ahead } = this.options;
    const generation = this.#all.length;
    const app = await startApp(folder, {
      env: { ...env, ...further, ...this.#naming(index) },
      patience,
      prewarmed,
      signal,
      port: this.#ports[index] ?? 0,
      onEvent: (event) => this.events.push(numbered(event, generation + index)),
    });
    this.#ports[index] = app.port;
    this.#all.push(app);
    if (ahead() > 0) await advanceClock(app.child, ahead());
    this.#running[index] = app;
  }

  /** The agent names the process in its requests to the other parties. */
  #naming(index: Index): Record<string, string> {
    const { ISSUER_BASE_URL, API_URL } = this.options.env;
    const to = [ISSUER_BASE_URL, API_URL].flatMap((url) =>
      url !== undefined && URL.canParse(url) ? [new URL(url).origin] : [],
    );
    return { WORKSHOP_SENDER: JSON.stringify({ as: 'app', process: index + 1, to } satisfies SenderOrder) };
  }

  /** Starts all that do not run. @throws AppTrouble of the first one that does not start. */
  async startAll(): Promise<void> {
    const missing = PROCESSES.filter((index) => !this.#running[index]);
    const started = await Promise.allSettled(missing.map((index) => this.start(index)));
    const failed = started.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  /** Ends one in good order. */
  async end(index: Index): Promise<void> {
    const app = this.#running[index];
    this.#running[index] = undefined;
    await app?.close();
  }

  /** Ends one as a crash of the machine does: nothing of it runs on. */
  async kill(index: Index): Promise<void> {
    const app = this.#running[index];
    this.#running[index] = undefined;
    if (!app) return;
    // By its id: a process that runs one app after another would end the app in good order.
    if (app.child.pid !== undefined) endNow(app.child.pid);
    await app.exited;
  }

  /** @returns false if one does not advance its clock. */
  async advance(ms: number): Promise<boolean> {
    const all = await Promise.all(this.running.map(({ child }) => advanceClock(child, ms)));
    return all.every(Boolean);
  }

  killAll(): void {
    for (const { child } of this.running) child.kill('SIGKILL');
  }

  readonly close = async (): Promise<void> => {
    await Promise.all(PROCESSES.map((index) => this.end(index)));
  };
}

/** A request's number is its process's own. */
function numbered(event: AgentEvent, further: number): AgentEvent {
  if (!('threw' in event)) return event;
  return { threw: { ...event.threw, request: event.threw.request + further * FURTHER } };
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
