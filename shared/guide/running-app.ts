import { EventEmitter } from 'node:events';
import type { Elsewhere } from '../app-runner/agent/record-messages';
import { AppTrouble } from '../app-runner/diagnose-crash';
import type { PrewarmedProcess } from '../app-runner/prewarmed-process';
import { type AppProcess, startApp, startOwnApi } from '../app-runner/start-app';
import { APP, type Kind } from '../app-runner/types';
import type { Finding } from '../checks/diagnosis';
import { UserError } from '../lib/user-error';

export interface AppState {
  state: 'starting' | 'running' | 'ended';
  finding?: Finding | undefined;
  origin: string;
  folder: string;
}

export interface RunningAppOptions {
  /** What runs; the app by default. The learner's API is in a folder of the app's. */
  kind?: Kind;
  /** Read at each start. */
  port: number;
  /** The setting for another port, for the message. */
  setting: string;
  /** The app's environment, read at each start. */
  env: () => Record<string, string>;
  /** The address at which others reach it, where that is not its own. */
  shownAt?: () => string;
  /** Parties that the workshop does not run, by origin: the app's process reports the messages to them. */
  elsewhere?: Elsewhere | undefined;
  prewarmed?: PrewarmedProcess | undefined;
  /** Milliseconds after which an app that does not listen yet is reported; it is waited for all the same. */
  patience?: number;
}

interface Events {
  state: [AppState];
  output: [string];
  process: [AppProcess];
}

const MOST_LINES = 100;
/** Characters of a line: an app may never end one. */
const LONGEST_LINE = 10_000;

/** The learner's app, or their API, as a process, which can be started again in any state. */
export class RunningApp extends EventEmitter<Events> {
  readonly #options: RunningAppOptions;
  #state: AppState;
  #app: AppProcess | undefined;
  #work: Promise<unknown> = Promise.resolve();
  /** Ends the start that runs. */
  #starting = new AbortController();
  #wanted = 0;
  #closed = false;
  #lines: string[] = [];
  #prewarmed: PrewarmedProcess | undefined;

  constructor(folder: string, options: RunningAppOptions) {
    super();
    this.#options = options;
    this.#prewarmed = options.prewarmed;
    this.#state = { state: 'starting', origin: `http://localhost:${options.port}`, folder };
  }

  get state(): AppState {
    const { shownAt } = this.#options;
    return shownAt ? { ...this.#state, origin: shownAt() } : this.#state;
  }
  /** Its process, while it runs. */
  get process(): AppProcess | undefined {
    return this.#state.state === 'running' ? this.#app : undefined;
  }
  /** Its own address, while it runs; one that does not depend on what localhost resolves to first. */
  get target(): string | undefined {
    return this.process && `http://127.0.0.1:${this.process.port}`;
  }
  /** Its newest output, oldest line first, for a page that opens. */
  get recent(): readonly string[] {
    return this.#lines;
  }

  /** Ends the running app, or one that is starting, and starts the present files. Of several calls in a row the last
   * one counts. @param folder the app's, if it changed. @returns once it listens, has ended, or is reported as slow. */
  start(folder = this.#state.folder): Promise<void> {
    this.#wanted += 1;
    const turn = this.#wanted;
    this.#starting.abort();
    return new Promise((resolve, reject) => {
      const done = this.#work.then(async () => {
        if (turn !== this.#wanted || this.#closed) return;
        this.#starting = new AbortController();
        this.#set({ ...this.#state, state: 'starting', finding: undefined, folder });
        await this.#app?.close();
        this.#app = undefined;
        await this.#begin(folder, this.#starting.signal, resolve);
      });
      this.#work = done.catch(() => {});
      done.then(resolve, reject);
    });
  }

  /** Ends it, until the next start. */
  stop(): Promise<void> {
    this.#wanted += 1;
    this.#starting.abort();
    const done = this.#work.then(async () => {
      const app = this.#app;
      // First, so that its end is no finding.
      this.#app = undefined;
      await app?.close();
    });
    this.#work = done.catch(() => {});
    return done;
  }

  /** Ends its process by SIGKILL, as a crash of the machine does, until the next start. Nothing happens while it does not
   * run. @param finding why, for the pages and the terminal. */
  kill(finding: Finding): void {
    const { process } = this;
    if (!process) return;
    this.#app = undefined;
    process.child.kill('SIGKILL');
    this.#set({ ...this.#state, state: 'ended', finding });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#starting.abort();
    await this.#work;
    await this.#app?.close();
  }

  async #begin(folder: string, signal: AbortSignal, slow: () => void): Promise<void> {
    const { kind = APP, port, setting, env, elsewhere, patience } = this.#options;
    // What reaches the API is recorded at its address.
    const wire = kind === APP ? { WORKSHOP_WIRE: JSON.stringify(elsewhere ?? {}) } : undefined;
    const start = kind === APP ? startApp : startOwnApi;
    try {
      const app = await start(folder, {
        port,
        setting,
        env: { ...env(), ...wire },
        onOutput: (text) => this.#wrote(text),
        prewarmed: this.#takePrewarmed(folder),
        signal,
        ...(patience === undefined ? {} : { patience }),
        onSlow: (finding) => {
          if (signal.aborted) return;
          this.#set({ ...this.#state, finding });
          slow();
        },
      });
      this.#app = app;
      // From now on the app is closed in good order, not killed.
      this.#starting = new AbortController();
      if (signal.aborted) return;
      this.#set({ ...this.#state, state: 'running', finding: undefined, origin: app.origin });
      this.emit('process', app);
      void app.ended.then(() => {
        if (this.#app !== app || this.#closed || this.#state.state !== 'running') return;
        const { endOf } = require('../checks/explain') as typeof import('../checks/explain');
        this.#set({ ...this.#state, state: 'ended', finding: endOf({ app, folder }, 'use') });
      });
    } catch (error) {
      // The next start ended it.
      if (signal.aborted) return;
      if (error instanceof AppTrouble) this.#set({ ...this.#state, state: 'ended', finding: error.finding });
      else if (error instanceof UserError)
        this.#set({
          ...this.#state,
          state: 'ended',
          finding: {
            id: `${kind.id}-not-started`,
            expected: `the ${kind.name} starts`,
            seen: error.message,
            cause: 'see there',
            next: `fix it, and save a file of the ${kind.name}`,
          },
        });
      else throw error;
    }
  }

  /** Usable once, and only for its folder. */
  #takePrewarmed(folder: string): PrewarmedProcess | undefined {
    const prewarmed = this.#prewarmed;
    this.#prewarmed = undefined;
    if (prewarmed?.folder === folder) return prewarmed;
    prewarmed?.close();
    return undefined;
  }

  #set(state: AppState): void {
    this.#state = state;
    this.emit('state', this.state);
  }

  #wrote(text: string): void {
    const parts = text.split('\n');
    const last = this.#lines.pop() ?? '';
    const all = [last + (parts[0] ?? ''), ...parts.slice(1)].slice(-MOST_LINES);
    this.#lines = [...this.#lines, ...all.map((line) => line.slice(-LONGEST_LINE))].slice(-MOST_LINES);
    this.emit('output', text);
  }
}
