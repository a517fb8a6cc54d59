import fs from 'node:fs';
import path from 'node:path';
import { ChangedSources } from '../app-runner/compile-ahead';
import { STEP_OF_API } from '../app-runner/own-api';
import { processesOf } from '../app-runner/prewarm';
import { type AppHost, askLoaded, PrewarmedProcesses } from '../app-runner/prewarmed-process';
import { findPort, withoutSettings } from '../app-runner/start-app';
import { STEP_OF_STORES } from '../app-runner/stores';
import { API_FOLDER, type Loaded } from '../app-runner/types';
import { commandContext } from '../lib/command-context';
import type { Finding } from '../lib/finding';
import type { Message } from '../recorder';
import type { Step } from '../steps/layers';
import type { Trace } from './check-trace';
import type { Deadlines } from './deadlines';
import { EarlierChecks } from './earlier';
import type { Check } from './index';
import { Parties } from './parties';
import type { Subject } from './subject';
import { Suite } from './suite';
import { TestEnvironment } from './test-environment';
import { type CheckResult, isRight } from './verdict';

export interface RoundOptions {
  onStart?: (check: Check) => void;
  onResult?: ((result: CheckResult, trace: Trace) => void) | undefined;
  /** Called once the verdict is there: see Loop. */
  onVerdict?: (results: readonly CheckResult[]) => void;
  /** Whether the checks of the steps before run too, once the step's own ones are done. Default: false. */
  earlier?: boolean;
  /** As onResult, for the checks of the steps before. */
  onEarlier?: ((result: CheckResult, trace: Trace) => void) | undefined;
  /** Gets the messages at the end of a round. */
  onRecording?: (messages: readonly Message[]) => void;
  /** The ids of the checks that run; without it all do. */
  only?: readonly string[] | undefined;
  /** Whether the first check that fails is the last one that runs. Default: false. */
  bail?: boolean | undefined;
  /** Settings of the app that differ in this round, as in Subject. */
  appEnv?: Record<string, string> | undefined;
  /** As in Subject; the loop's own by default. */
  types?: boolean | undefined;
}

export interface LoopOptions {
  /** As in Subject. */
  types?: boolean;
  /** Whether the app gets a new port in each round, because other programs might take its port between two rounds.
   * Default: false, so that an open page continues to work. */
  newPorts?: boolean;
  /** Gives each round's app its process, instead of a new one that is prepared while nobody waits. */
  host?: AppHost;
  /** How long each round waits for the app. */
  deadlines?: Deadlines | undefined;
}

/** Runs the checks of one step repeatedly. Tenant and API keep running; each round starts the app in a prewarmed process.
 * What needs an app that has just started runs first, then the checks that failed last. A round's verdict is that of the first task that was wrong before, or of the last. */
export class Loop {
  readonly #subject: Subject;
  readonly #parties: Parties;
  readonly #suite: Suite;
  #earlier: EarlierChecks | undefined;
  #last: readonly CheckResult[] = [];
  #loaded: Loaded = { packages: [], files: [], views: [] };
  #prewarmed: PrewarmedProcesses | undefined;
  /** Those of the present round: its checks may not have needed all of them. */
  #taken: PrewarmedProcesses | undefined;
  #port = 0;
  readonly #sources: ChangedSources;
  #environment: TestEnvironment | undefined;
  #ended = false;
  #round: Promise<unknown> = Promise.resolve();
  #trouble: Finding | undefined;

  constructor(
    readonly step: Step,
    readonly folder: string,
    readonly options: LoopOptions = {},
  ) {
    // A second start would make a round twice as long.
    this.#subject = { step: step.number, appFolder: folder, types: options.types, startsAgain: false };
    this.#parties = new Parties(this.#subject);
    this.#sources = new ChangedSources(folder);
    this.#suite = new Suite([step]);
  }

  /** Whether a round starts the learner's API first, and the app only for the checks of the steps before. */
  get #asksApi(): boolean {
    return this.step.number >= STEP_OF_API && this.step.number < STEP_OF_STORES;
  }

  /** The folder of what a round starts first. */
  get #started(): string {
    return this.#asksApi ? path.join(this.folder, API_FOLDER) : this.folder;
  }

  get checks(): readonly Check[] {
    return this.#suite.checks;
  }

  /** Why the app of the running or last round did not start; undefined until that is known. */
  get trouble(): Finding | undefined {
    return this.#trouble;
  }

  /** @throws UserError when tenant.yaml has mistakes, with their lines. */
  async open(): Promise<void> {
    await this.#parties.open();
    if (this.options.newPorts) return;
    this.#port = await findPort(0, 'none');
    this.#parties.allowCallback(`http://localhost:${this.#port}`);
  }

  /** Runs the checks on the current files, after interrupting a running round. `changed`: whether tenant.yaml changed.
   * Undefined when the next round interrupts this one. @throws UserError for mistakes in tenant.yaml, with their lines. */
  async run(
    options: RoundOptions = {},
    { changed = false } = {},
  ): Promise<readonly CheckResult[] | undefined> {
    const before = this.#round;
    this.#breakOff();
    const round = before.then(() => this.#run(options, changed));
    this.#round = round.catch(() => {});
    return round;
  }

  async close(): Promise<void> {
    this.endNow();
    await this.#round;
    await this.#environment?.close();
    await this.#parties.close();
    this.#suite.dispose();
    this.#earlier?.dispose();
  }

  /** Ends a running round without waiting for it. */
  endNow(): void {
    this.#ended = true;
    this.#breakOff();
    this.#prewarmed?.close();
    this.#taken?.close();
    this.#parties.removeFiles();
  }

  #breakOff(): void {
    this.#suite.abort();
    this.#earlier?.abort();
    this.#environment?.interrupt();
  }

  async #run(options: RoundOptions, changed: boolean): Promise<readonly CheckResult[] | undefined> {
    if (changed) await this.#parties.reload();
    await this.#environment?.close();
    this.#taken?.close();
    const { appEnv, types = this.#subject.types } = options;
    const subject = { ...this.#subject, appEnv, types };
    const environment = new TestEnvironment(subject, this.#parties, this.options.deadlines);
    this.#environment = environment;
    this.#trouble = undefined;
    if (this.step.number >= 2) this.#sources.compile();
    const prewarmed = this.options.host ?? this.#prewarmed;
    this.#taken = this.#prewarmed;
    this.#prewarmed = undefined;
    try {
      await environment.begin({ prewarmed, port: this.#port });
      this.#trouble = this.#asksApi ? environment.apiTrouble : environment.trouble;
      return await this.#check(environment, options);
    } finally {
      await this.#prepare(environment);
    }
  }

  async #check(
    environment: TestEnvironment,
    options: RoundOptions,
  ): Promise<readonly CheckResult[] | undefined> {
    const before = options.earlier ? this.#before() : undefined;
    const reported = {
      only: options.only,
      onResult: (result: CheckResult, trace: Trace) => {
        if (!environment.interrupted) options.onEarlier?.(result, trace);
      },
    };
    await before?.first(environment, reported);
    if (environment.interrupted) return undefined;
    const verdict = this.#verdictTask();
    const wanted = new Set(this.#suite.checks.filter(({ task }) => task === verdict).map(({ id }) => id));
    const fresh = new Set(this.#suite.needFreshApp);
    const failed = new Set(this.#last.filter(({ passed }) => !passed).map(({ id }) => id));
    const ofTask: CheckResult[] = [];
    const results = await this.#suite.run(environment, {
      only: options.only,
      bail: options.bail,
      rank: ({ id }) => (fresh.has(id) ? 0 : 4) + (wanted.has(id) ? 0 : 2) + (failed.has(id) ? 0 : 1),
      onStart: options.onStart,
      onResult: (result, trace) => {
        if (environment.interrupted) return;
        options.onResult?.(result, trace);
        if (wanted.delete(result.id)) ofTask.push(result);
        if (wanted.size === 0 && ofTask.length > 0) options.onVerdict?.(ofTask.splice(0));
      },
    });
    if (environment.interrupted) return undefined;
    this.#last = results;
    await before?.rest(environment, results, reported);
    if (environment.interrupted) return undefined;
    options.onRecording?.(environment.recorder.messages);
    return results;
  }

  #before(): EarlierChecks | undefined {
    if (this.step.number > 1) this.#earlier ??= new EarlierChecks(this.step);
    return this.#earlier;
  }

  /** The first task that was not right; the last one when all were, or nothing is known yet. A check that only waited for another one says nothing. */
  #verdictTask(): string | undefined {
    const judged = this.#last.filter((one) => !isRight(one) && one.diagnosis?.waitsFor === undefined);
    const wrong = new Set(judged.map(({ task }) => task));
    const tasks = this.step.tasks.map(({ id }) => id);
    return tasks.find((id) => wrong.has(id)) ?? this.step.tasks.findLast(({ optional }) => !optional)?.id;
  }

  /** The next process gets ready while the learner types. */
  async #prepare(environment: TestEnvironment): Promise<void> {
    if (this.step.number < 2 || this.options.host) return;
    const { app } = environment.started(this.#asksApi ? 'api' : 'app').watched;
    this.#loaded = (app && (await askLoaded(app.child, this.#started))) ?? this.#loaded;
    if (this.#ended) return;
    this.#sources.compile();
    // After the results of this round have been reported.
    setImmediate(() => this.#ended || this.#sources.loadCompiler()).unref();
    if (!fs.existsSync(this.#started)) return;
    this.#prewarmed ??= new PrewarmedProcesses(
      processesOf(this.step.number),
      this.#started,
      this.#loaded,
      withoutSettings(commandContext().env),
    );
  }
}
