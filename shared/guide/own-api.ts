import type http from 'node:http';
import { apiDoesNotRun } from '../api/does-not-run';
import { advanceClock } from '../app-runner/ask-agent';
import { hasOwnApi } from '../app-runner/own-api';
import { API } from '../app-runner/types';
import { relay } from '../lib/relay';
import { RunningApp } from './running-app';
import { whileStarting } from './while-starting';

/** Milliseconds for which a request waits until the API listens again. */
const START_WITHIN = 3000;

interface Options {
  /** The address at which it is reached, behind the relay. */
  origin: () => string;
  /** The API's environment, read at each start. */
  env: () => Record<string, string>;
}

/** The learner's API. While the app's folder has one, it serves at the API's address in place of the workshop's. */
export class OwnApi {
  /** Its process, with state and output. */
  readonly program: RunningApp;
  readonly #relay = relay(() => this.program.target, apiDoesNotRun);
  #serves = false;
  /** Seconds ahead of the machine's clock that a fault asks for, and that the process is. */
  #wanted = 0;
  #ahead = 0;
  #clock: Promise<unknown> = Promise.resolve();

  constructor(folder: string, { origin, env }: Options) {
    this.program = new RunningApp(folder, {
      kind: API,
      port: 0,
      setting: '--api-port N or API_PORT',
      env,
      shownAt: origin,
    });
    this.program.on('process', () => {
      this.#ahead = 0;
      this.setClock(this.#wanted);
    });
  }

  /** Whether it serves in place of the workshop's, also while it does not run. */
  get serves(): boolean {
    return this.#serves;
  }

  /** The listener of the API's address. @param workshops serves while the folder has no API. */
  before(workshops: http.RequestListener): http.RequestListener {
    return (req, res) => {
      if (!this.#serves) return workshops(req, res);
      // A restart takes half a second: the app that calls just then need not fail.
      void whileStarting(() => [this.program], START_WITHIN).then(() => this.#relay.handler(req, res));
    };
  }

  /** Starts the present files of a folder, or ends the process when there are none. */
  async follow(folder = this.program.state.folder): Promise<void> {
    this.#serves = hasOwnApi(folder);
    await (this.#serves ? this.program.start(folder) : this.program.stop());
  }

  /** Sets the clock of its process as a fault does that of the workshop's API. @param seconds ahead of the machine's. */
  setClock(seconds: number): void {
    this.#wanted = seconds;
    this.#clock = this.#clock.then(async () => {
      const late = this.#wanted - this.#ahead;
      if (late === 0 || !(await advanceClock(this.program.process?.child, late * 1000))) return;
      this.#ahead += late;
    });
  }

  async close(): Promise<void> {
    this.#relay.close();
    await this.program.close();
  }
}
