import fs from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import { UserError } from '../lib/user-error';
import type { Step } from '../steps/layers';
import type { Trace } from './check-trace';
import { Diagnosis, NotApplicable } from './diagnosis';
import { type Check, type Registered, registry, use } from './index';
import type { TestEnvironment } from './test-environment';
import type { CheckResult } from './verdict';

export interface SuiteOptions {
  /** The ids of the checks that run; without it all do. */
  only?: readonly string[] | undefined;
  /** Smaller runs earlier; checks of the same rank run in the order in which they are written. */
  rank?: ((check: Check) => number) | undefined;
  /** Whether the first check that fails is the last one that runs. Default: false. */
  bail?: boolean | undefined;
  onStart?: ((check: Check) => void) | undefined;
  /** Receives each result and its trace at once. */
  onResult?: ((result: CheckResult, trace: Trace) => void) | undefined;
}

/** Milliseconds that a check may take on a busy machine: everything that it waits for has a shorter limit. */
const MOST = 30_000;

/** Mocha loads its files when it runs; listing only needs them loaded. */
class Loader extends Mocha {
  load(): this {
    this.loadFiles();
    return this;
  }
}

/** Prints nothing: results are reported by events. */
class Silent {}

/** The checks of some steps, loaded once; they can run many times. */
export class Suite {
  readonly #mocha: Loader;
  readonly #tests: readonly Mocha.Test[];
  /** By title: another suite may be loaded while this one is. */
  readonly #known: ReadonlyMap<string, Registered>;
  #runner: Mocha.Runner | undefined;

  constructor(steps: readonly Step[]) {
    registry.clear();
    this.#mocha = new Loader({ timeout: MOST, reporter: Silent as unknown as Mocha.ReporterConstructor });
    this.#mocha.cleanReferencesAfterRun(false);
    for (const { folder } of steps) {
      const tests = path.join(folder, 'test');
      const specs = fs.readdirSync(tests).filter((name) => name.endsWith('.spec.ts'));
      for (const spec of specs.sort()) this.#mocha.addFile(path.join(tests, spec));
    }
    this.#mocha.load();
    this.#tests = this.#mocha.suite.suites.flatMap(({ tests }) => tests);
    this.#known = new Map(registry);
  }

  /** In the order in which they are written. */
  get checks(): readonly Check[] {
    return this.#tests.map(this.#about);
  }

  /** The ids of checks that need an app which nobody has asked anything yet. */
  get needFreshApp(): string[] {
    return [...this.#known.values()].flatMap(({ id, needsFreshApp }) => (needsFreshApp ? [id] : []));
  }

  async run(environment: TestEnvironment, options: SuiteOptions = {}): Promise<CheckResult[]> {
    const { onStart, onResult, bail = false } = options;
    this.#arrange(options);
    const results: CheckResult[] = [];
    use(environment);
    try {
      await new Promise<void>((resolve) => {
        const runner = this.#mocha.run(() => resolve());
        this.#runner = runner;
        const add = (test: Mocha.Test, outcome: Partial<CheckResult>) => {
          const result = { ...this.#about(test), passed: false, ...outcome };
          results.push(result);
          onResult?.(result, environment.traces.of(result.id));
          if (bail && !result.passed && result.notApplicable === undefined) runner.abort();
        };
        runner.on('test', (test) => onStart?.(this.#about(test)));
        runner.on('pass', (test) => add(test, { passed: true }));
        runner.on('fail', (test, error) => add(test as Mocha.Test, outcomeOf(error, environment)));
      });
    } finally {
      use(undefined);
    }
    return results;
  }

  /** No further check begins. */
  abort(): void {
    this.#runner?.abort();
  }

  dispose(): void {
    this.#mocha.cleanReferencesAfterRun(true);
    this.#mocha.dispose();
  }

  /** Puts all checks into one suite, so that their order does not depend on files; checks have no hooks. */
  #arrange({ only, rank }: SuiteOptions): void {
    const root = this.#mocha.suite;
    const tests = this.#tests.filter((test) => !only || only.includes(this.#about(test).id));
    if (rank) tests.sort((a, b) => rank(this.#about(a)) - rank(this.#about(b)));
    for (const test of tests) test.parent = root;
    root.tests = tests;
    root.suites = [];
  }

  readonly #about = ({ title }: Mocha.Test | Mocha.Hook): Check => {
    const { id, task } = this.#known.get(title) ?? { id: title, task: '' };
    return { id, task, title };
  };
}

function outcomeOf(error: unknown, environment: TestEnvironment): Partial<CheckResult> {
  if (error instanceof NotApplicable) return { notApplicable: error.message };
  if (error instanceof Diagnosis) return { diagnosis: error.finding };
  if (error instanceof UserError) throw error;
  const { message } = error as Error;
  const output = environment.appOutput.trim().split('\n').slice(-3).join(' | ').slice(-500);
  return {
    diagnosis: {
      id: 'unknown',
      expected: 'the app answers the check’s requests',
      seen: `${message}${output ? `; the app’s last output: ${output}` : ''}`,
      cause: 'not known: the check did not foresee this',
      next: 'run npm start, which shows the app’s output, and repeat in a browser what the check’s title says',
    },
  };
}
