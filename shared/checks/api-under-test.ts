import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { advanceClock } from '../app-runner/ask-agent';
import { sourcesOf } from '../app-runner/compile-ahead';
import { AppTrouble } from '../app-runner/diagnose-crash';
import { hasOwnApi, STEP_OF_API, settingsOfApi } from '../app-runner/own-api';
import type { AppHost } from '../app-runner/prewarmed-process';
import { type AppProcess, startOwnApi } from '../app-runner/start-app';
import { API, API_FOLDER } from '../app-runner/types';
import { readText } from '../lib/read-text';
import { UserError } from '../lib/user-error';
import { findStep } from '../steps/layers';
import { unmark } from '../steps/unmark';
import type { Deadlines } from './deadlines';
import { Diagnosis, type Finding } from './diagnosis';
import { endOf, explain, type Watched } from './explain';
import type { Subject } from './subject';

interface Options {
  deadlines: Deadlines;
  /** Ends a start. */
  signal: AbortSignal;
  /** The settings of the app that calls the API. */
  settings: () => Record<string, string>;
}

/** Milliseconds until an API that runs elsewhere must answer. */
const ELSEWHERE_WITHIN = 30_000;

/** Whether an API of the learner serves in place of the workshop's: one in the app's folder, or one that runs elsewhere.
 * The checks of step 01 need none; those of step 06 on accept no other. */
export const servesOwnApi = ({ step, appFolder, apiUrl }: Subject): boolean =>
  apiUrl !== undefined || (step >= STEP_OF_API ? appFolder !== undefined : step >= 2 && hasOwnApi(appFolder));

/** Whether the learner's API has the files of the finished one, which is also the workshop's. */
export function isFinishedApi(appFolder: string | undefined): boolean {
  if (!hasOwnApi(appFolder)) return false;
  // On a branch of a step, this layer's API is the only one of all layers.
  const layer = path.join(findStep(String(STEP_OF_API)).folder, 'app');
  const [finished, own] = [layer, appFolder].map((folder) =>
    sourcesOf(path.join(folder, API_FOLDER)).map((file) => path.relative(folder, file)),
  ) as [string[], string[]];
  const textOf = (file: string) => {
    const from = path.join(layer, file);
    return unmark(fs.readFileSync(from, 'utf8'), { starter: false, file: from });
  };
  return (
    own.length === finished.length &&
    finished.every((file) => own.includes(file) && readText(path.join(appFolder, file)) === textOf(file))
  );
}

const MISSING: Finding = {
  id: 'api-missing',
  expected: `your API is in the folder ${API_FOLDER} of my-app, and ${API_FOLDER}/server.ts starts it`,
  seen: `there is no ${API_FOLDER}/server.ts`,
  cause: 'the file was moved, renamed or deleted, or the step was not begun',
  next: 'bring the files of the step back with: npm run workshop start 6',
};

/** The learner's API in one run: a process of its own, or one that runs elsewhere. */
export class ApiUnderTest {
  #process: AppProcess | undefined;
  #trouble: Finding | undefined;
  /** Milliseconds by which the clock of the run is ahead, and that of the present process. */
  #ahead = 0;
  #processAhead = 0;

  constructor(
    readonly subject: Subject,
    private readonly options: Options,
  ) {}

  /** Where it is now; undefined while it does not run. */
  get origin(): string | undefined {
    const { apiUrl } = this.subject;
    // An address that does not depend on what localhost resolves to first.
    return apiUrl ?? (this.#process && `http://127.0.0.1:${this.#process.port}`);
  }

  /** Its process, if the environment started one, for explanations. */
  get watched(): Watched {
    return { kind: API, app: this.#process, folder: this.subject.appFolder ?? '' };
  }

  /** Why no check of it can run: it did not start, or has ended. */
  get trouble(): Finding | undefined {
    this.#trouble ??= endOf(this.watched);
    return this.#trouble;
  }

  /** Starts it, in a prewarmed process if there is one, or waits for one that runs elsewhere.
   * @throws UserError when nothing answers there. `trouble` reports one that does not start. */
  async start(prewarmed?: AppHost): Promise<void> {
    const { apiUrl, appFolder = '' } = this.subject;
    if (apiUrl !== undefined) return untilAnswers(apiUrl);
    if (!hasOwnApi(appFolder)) {
      this.#trouble = MISSING;
      return;
    }
    const { deadlines, signal, settings } = this.options;
    try {
      const env = settingsOfApi(settings());
      this.#process = await startOwnApi(appFolder, { env, patience: deadlines.listens, prewarmed, signal });
      await this.#catchUp();
    } catch (error) {
      if (!(error instanceof AppTrouble)) throw error;
      this.#trouble = error.finding;
    }
  }

  /** Starts a second process for some work, which serves in place of the first one.
   * @throws Diagnosis when it does not start, or ends. */
  async another<T>(work: () => Promise<T>): Promise<T> {
    const before = [this.#process, this.#trouble, this.#processAhead] as const;
    [this.#process, this.#trouble, this.#processAhead] = [undefined, undefined, 0];
    try {
      await this.start();
      if (this.trouble) throw new Diagnosis(this.trouble);
      const result = await work().catch(async (error) => {
        throw await explain(error, this.watched, 0);
      });
      await this.synchronise();
      if (this.trouble) throw new Diagnosis(this.trouble);
      return result;
    } finally {
      await this.close();
      [this.#process, this.#trouble, this.#processAhead] = before;
      await this.#catchUp();
    }
  }

  /** Advances its clock. False when it does not answer, or the workshop did not start it. */
  async advance(ms: number): Promise<boolean> {
    this.#ahead += ms;
    return this.#catchUp();
  }

  async #catchUp(): Promise<boolean> {
    const late = this.#ahead - this.#processAhead;
    // One that starts later catches up then.
    if (late === 0 || !this.#process) return true;
    this.#processAhead = this.#ahead;
    return advanceClock(this.#process.child, late);
  }

  /** Waits until its reports and output so far have arrived. */
  async synchronise(): Promise<void> {
    await this.#process?.synchronise();
  }

  /** Ends it without waiting. */
  kill(): void {
    this.#process?.child.kill('SIGKILL');
  }

  async close(): Promise<void> {
    await this.#process?.close();
  }
}

/** Any answer will do: an API may have no page at its root. */
async function untilAnswers(apiUrl: string): Promise<void> {
  const end = Date.now() + ELSEWHERE_WITHIN;
  let reason = `it did not answer within ${ELSEWHERE_WITHIN / 1000} s`;
  for (;;) {
    try {
      const signal = AbortSignal.timeout(Math.max(1, end - Date.now()));
      await (await fetch(apiUrl, { signal, redirect: 'manual' })).arrayBuffer();
      return;
    } catch (error) {
      // The limit says less than why it was refused before.
      if ((error as Error).name !== 'TimeoutError') reason = reasonOf(error as Error);
      if (Date.now() >= end)
        throw new UserError(
          `Nothing answers at ${apiUrl} (API_URL): ${reason}. Start your API first, with the settings of: npm run -s check -- 6 --print-env`,
        );
      await delay(200);
    }
  }
}

/** The message of fetch says nothing; its cause does. */
const reasonOf = ({ cause, message }: Error): string =>
  (cause as { code?: string } | undefined)?.code ?? (cause as Error | undefined)?.message ?? message;
