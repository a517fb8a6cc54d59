import { EventEmitter } from 'node:events';
import type http from 'node:http';
import type { SenderOrder } from '../app-runner/own-api';
import type { AppProcess } from '../app-runner/start-app';
import { hasStores, PROCESSES } from '../app-runner/stores';
import type { Finding } from '../lib/finding';
import { type Listening, type ListenOptions, listenOnLoopback } from '../lib/listen';
import { RELAYED_HEADERS } from '../lib/relay';
import { reverseProxy } from '../lib/reverse-proxy';
import { UserError } from '../lib/user-error';
import { type AppState, RunningApp, type RunningAppOptions } from './running-app';
import { html } from './view';
import { whileStarting } from './while-starting';

/** It counts for a host name with all its ports (RFC 6797, section 8.3). A browser that trusts the local authority would
 * ask the guide and the tenant at localhost by https too, for a year. */
const HSTS = 'strict-transport-security';
/** Milliseconds for which a page waits until a process of the app listens again. */
const START_WITHIN = 10_000;

/** One of several processes of the app, for the pages. */
export interface ProcessState extends Pick<AppState, 'state' | 'finding'> {
  /** Counted from 1. */
  number: number;
  /** Its newest output, oldest line first. */
  log: readonly string[];
}

/** The app as a whole. */
export interface AppsState extends AppState {
  /** Its processes, if several run. */
  processes?: ProcessState[];
}

export interface AppProcessesOptions
  extends Pick<RunningAppOptions, 'setting' | 'elsewhere' | 'prewarmed' | 'patience'> {
  port: number;
  /** The environment of the app in a folder, read at each start. */
  env: (folder: string) => Record<string, string>;
  /** The certificate with which the proxy serves https; without it, http. */
  tls?: ListenOptions['tls'];
  /** Origins of the parties that record the app's requests: a process names itself to them, if several run. */
  namedTo?: () => readonly string[];
  /** The guide's origin, once it listens. */
  guide?: () => string | undefined;
}

interface Events {
  state: [AppState, process: number | undefined];
  output: [text: string, process: number | undefined];
  process: [AppProcess, process: number | undefined];
}

/** The learner's app at its port: one process, or from step 07 on several behind a reverse proxy. */
export class AppProcesses extends EventEmitter<Events> {
  readonly #options: AppProcessesOptions;
  readonly #all: readonly RunningApp[];
  readonly #relay = reverseProxy({
    targets: () => this.#used.map(({ target }) => target),
    onMissing: (req, res) => this.#missing(req, res),
    dropped: [HSTS],
  });
  #count = 1;
  #folder: string;
  #proxy: Listening | undefined;
  /** Why the proxy does not listen. */
  #refused: UserError | undefined;
  #turning: Promise<unknown> = Promise.resolve();
  #wanted = 0;
  #closed = false;

  constructor(folder: string, options: AppProcessesOptions) {
    super();
    this.#options = options;
    this.#folder = folder;
    this.#count = hasStores(folder) ? PROCESSES : 1;
    this.#all = Array.from({ length: PROCESSES }, (_, i) => this.#program(i + 1));
  }

  /** Where browsers find it. */
  get origin(): string {
    const { tls, port } = this.#options;
    return `${tls ? 'https' : 'http'}://localhost:${port}`;
  }

  /** Running as soon as one process answers, and ended when none does any more. */
  get state(): AppsState {
    const states = this.#used.map((one) => one.state);
    const state = (['running', 'starting', 'ended'] as const).find((one) =>
      states.some((other) => other.state === one),
    );
    const first = states.find((one) => one.state === state) ?? this.#all[0]?.state;
    if (!first) throw new Error('an app has at least one process');
    if (this.#count === 1) return first;
    return { ...first, processes: this.processes.map((one) => ({ ...one, log: one.program.recent })) };
  }

  /** The newest output of the only process, oldest line first. */
  get recent(): readonly string[] {
    return this.#count === 1 ? (this.#all[0]?.recent ?? []) : [];
  }

  /** Its processes with their numbers, if several run. */
  get processes(): (Pick<ProcessState, 'number' | 'state' | 'finding'> & { program: RunningApp })[] {
    if (this.#count === 1) return [];
    return this.#used.map((program, i) => {
      const { state, finding } = program.state;
      return { number: i + 1, state, finding, program };
    });
  }

  /** Ends its processes and starts the present files, in as many processes as the folder needs. Of several calls in a
   * row the last one counts. @param folder the app's, if it changed. */
  async start(folder = this.#folder): Promise<void> {
    this.#folder = folder;
    this.#wanted += 1;
    const turn = this.#wanted;
    this.#turning = this.#turning.then(async () => {
      if (!this.#closed) await this.#turnTo(hasStores(folder) ? PROCESSES : 1);
    });
    await this.#turning;
    if (turn !== this.#wanted || this.#closed) return;
    await Promise.all(this.#used.map((one) => one.start(folder)));
  }

  /** Kills one of several processes, as if it had crashed; or starts it again. @param number counted from 1.
   * @throws UserError if there is no such process. */
  async act(number: number, act: 'kill' | 'restart'): Promise<void> {
    const one = this.processes.find((other) => other.number === number)?.program;
    if (!one) throw new UserError(`The app has no process ${number}.`);
    if (act === 'restart') await one.start();
    else one.kill(killed(number));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#turning;
    await this.#proxy?.close();
    this.#relay.close();
    await Promise.all(this.#all.map((one) => one.close()));
  }

  get #used(): readonly RunningApp[] {
    return this.#all.slice(0, this.#count);
  }

  /** A proxy is in front of several processes, and of one that is served by https. */
  #hasProxy(count = this.#count): boolean {
    return count > 1 || this.#options.tls !== undefined;
  }

  /** Makes the app's port free for the proxy, or for the only process. */
  async #turnTo(count: number): Promise<void> {
    const { port, setting, tls } = this.#options;
    if (count < this.#count) await Promise.all(this.#all.slice(count).map((one) => one.stop()));
    this.#count = count;
    this.#refused = undefined;
    if (this.#hasProxy(count) === (this.#proxy !== undefined)) return;
    if (this.#proxy) {
      await this.#proxy.close();
      this.#proxy = undefined;
      return;
    }
    await this.#all[0]?.stop();
    try {
      this.#proxy = await listenOnLoopback(this.#answer, {
        port,
        party: 'The app',
        setting,
        tls,
        maxHeaderSize: RELAYED_HEADERS,
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#refused = error;
    }
  }

  /** A restart takes a second: a page that is requested just then waits. */
  readonly #answer: http.RequestListener = (req, res) => {
    void whileStarting(() => this.#used, START_WITHIN).then(() => this.#relay.handler(req, res));
  };

  #program(number: number): RunningApp {
    const { setting, elsewhere, patience, prewarmed, port } = this.#options;
    const of = () => (this.#count > 1 ? number : undefined);
    const hasProxy = () => this.#hasProxy();
    const program = new RunningApp(this.#folder, {
      // Read at each start.
      get port() {
        return hasProxy() ? 0 : port;
      },
      setting,
      elsewhere,
      env: () => this.#env(of()),
      shownAt: () => this.origin,
      ...(patience === undefined ? {} : { patience }),
      ...(number === 1 ? { prewarmed } : {}),
    });
    program.on('state', (state) => {
      if (number <= this.#count) this.emit('state', state, of());
    });
    program.on('output', (text) => this.emit('output', text, of()));
    program.on('process', (app) => this.emit('process', app, of()));
    return program;
  }

  #env(process: number | undefined): Record<string, string> {
    const { env, namedTo } = this.#options;
    // RunningApp shows it as the reason why the process did not start.
    if (this.#refused) throw this.#refused;
    const settings = { ...env(this.#folder), BASE_URL: this.origin };
    if (process === undefined) return settings;
    const sender: SenderOrder = { as: 'app', process, to: namedTo?.() ?? [] };
    return { ...settings, WORKSHOP_SENDER: JSON.stringify(sender) };
  }

  /** Answers in place of the app while none of its processes does. */
  #missing(req: http.IncomingMessage, res: http.ServerResponse): void {
    req.resume();
    res.writeHead(502, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
    res.end(html('app-does-not-run', { guide: this.#options.guide?.() }));
  }
}

const killed = (number: number): Finding => ({
  id: 'app-killed',
  expected: 'the other process answers all requests',
  seen: `app ${number} was killed (SIGKILL)`,
  cause: 'you pressed the button of the guide',
  next: `log in or load a page of the app, then restart app ${number}`,
});
