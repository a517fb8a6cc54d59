import { STEP_OF_API } from '../app-runner/own-api';
import { listSteps, type Step } from '../steps/layers';
import { asksApi, type Check, needsApp } from './index';
import { Suite, type SuiteOptions } from './suite';
import type { TestEnvironment } from './test-environment';
import { byTask, type CheckResult, isRight } from './verdict';

/** `only` has the ids of the checks that run; without it all do. */
type Options = Pick<SuiteOptions, 'only' | 'onStart' | 'onResult'>;

/**
 * The checks of the steps before one, on the app and the tenant of its own checks, which run between `first` and `rest`: so their verdict
 * does not wait for these, and nothing starts twice.
 */
export class EarlierChecks {
  readonly #suite: Suite;
  #done: CheckResult[] = [];

  /** Step 06 asks nothing of the app, which then starts after its checks. */
  readonly #startsApp: boolean;

  constructor({ number }: Step) {
    this.#startsApp = number >= STEP_OF_API;
    this.#suite = new Suite(listSteps().filter((one) => one.number < number));
  }

  get checks(): readonly Check[] {
    return this.#suite.checks;
  }

  /** Runs the checks that need an app which nobody has asked anything yet. */
  async first(environment: TestEnvironment, options: Options = {}): Promise<void> {
    if (this.#startsApp) return;
    const only = this.#suite.needFreshApp.filter((id) => isWanted(id, options));
    this.#done = await this.#suite.run(environment, { ...options, only });
  }

  /**
   * Runs the others. A check of the app that fails waits for one of the learner's API that failed: the app may be right.
   *
   * @param own the results of the step's own checks.
   * @returns the results of all. Of an app that does not run, or is in an infinite loop, the step's own checks have reported that; then only
   * those of the tenant's configuration run.
   */
  async rest(
    environment: TestEnvironment,
    own: readonly CheckResult[],
    options: Options = {},
  ): Promise<CheckResult[]> {
    const api = own.find((one) => asksApi(one) && !isRight(one));
    const blocked = (one: CheckResult) => (api ? waitingFor(api, one) : one);
    const onResult: SuiteOptions['onResult'] = (result, trace) => options.onResult?.(blocked(result), trace);
    const runs = environment.trouble === undefined && environment.infiniteLoop === undefined;
    const first = runs ? this.#done : [];
    const left = this.checks.filter(({ id }) => isWanted(id, options) && !first.some((one) => one.id === id));
    const only = left.flatMap((one) => (runs || !needsApp(one) ? [one.id] : []));
    const fresh = new Set(this.#startsApp ? this.#suite.needFreshApp : []);
    const rank = (one: Check) => (fresh.has(one.id) ? 0 : byTask(one));
    const rest = await this.#suite.run(environment, { ...options, onResult, only, rank });
    return [...first, ...rest].map(blocked).sort((a, b) => byTask(a) - byTask(b));
  }

  /** No further check begins. */
  abort(): void {
    this.#suite.abort();
  }

  dispose(): void {
    this.#suite.dispose();
  }
}

/** The first step whose app calls the API. */
const CALLS_API = 3;

function waitingFor({ id }: CheckResult, result: CheckResult): CheckResult {
  if (!result.diagnosis || Number.parseInt(result.task, 10) < CALLS_API) return result;
  return { ...result, diagnosis: { ...result.diagnosis, waitsFor: id } };
}

const isWanted = (id: string, { only }: Options) => only?.includes(id) ?? true;
