import fs from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import { UserError } from '../party/user-error';
import type { Message } from '../recorder';
import { findStep, listSteps, type Step } from '../steps/layers';
import { Bench, type Subject } from './bench';
import { Diagnosis, type Finding, NotApplicable } from './diagnosis';
import { registry, use } from './index';

export interface CheckResult {
  id: string;
  task: string;
  title: string;
  passed: boolean;
  /** The check cannot be made in this way of running it. */
  notApplicable?: string;
  diagnosis?: Finding;
}

export interface RunResult {
  step: number;
  passed: boolean;
  checks: CheckResult[];
}

export interface RunOptions {
  /** Also the checks of the steps before. */
  all?: boolean;
  /** The ids of the checks that run; without it all do. */
  only?: readonly string[] | undefined;
  /** Told each result at once. */
  onResult?: (result: CheckResult) => void;
  /** Told at the end what passed between the parties, in the order in which it came. */
  onRecording?: (messages: readonly Message[]) => void;
}

/**
 * Runs a step's checks against an app, for real: tenant, API and app run, and a browser drives the log-in.
 *
 * @throws UserError when the app or its tenant.yaml cannot be used at all.
 */
export async function runChecks(
  subject: Subject,
  { all = false, only, onResult, onRecording }: RunOptions = {},
): Promise<RunResult> {
  const step = findStep(String(subject.step));
  const bench = new Bench(subject);
  const checks: CheckResult[] = [];
  try {
    await bench.open();
    use(bench);
    const mocha = load(all ? listSteps().filter(({ number }) => number <= step.number) : [step]);
    if (only) keepOnly(mocha.suite, only);
    await new Promise<void>((resolve) => {
      const runner = mocha.run(() => resolve());
      const add = (test: Mocha.Test, outcome: Partial<CheckResult>) => {
        const about = registry.get(test.title);
        const result = {
          id: about?.id ?? test.title,
          task: about?.task ?? '',
          title: test.title,
          passed: false,
          ...outcome,
        };
        checks.push(result);
        onResult?.(result);
      };
      runner.on('pass', (test) => add(test, { passed: true }));
      runner.on('fail', (test, error) => add(test as Mocha.Test, outcomeOf(error, bench)));
    });
    mocha.dispose();
    onRecording?.(bench.recorder.messages);
  } finally {
    use(undefined);
    await bench.close();
  }
  return {
    step: step.number,
    passed: checks.length > 0 && checks.every((c) => c.passed || c.notApplicable !== undefined),
    checks,
  };
}

function keepOnly(suite: Mocha.Suite, ids: readonly string[]): void {
  suite.tests = suite.tests.filter(({ title }) => ids.includes(registry.get(title)?.id ?? ''));
  for (const one of suite.suites) keepOnly(one, ids);
}

/** The ids of a step's checks, without running them. */
export function listChecks(step: Step): { id: string; task: string; title: string }[] {
  registry.clear();
  load([step]).dispose();
  return [...registry.values()];
}

/** Mocha loads its files as it runs; listing needs them loaded only. */
class Loader extends Mocha {
  load(): this {
    this.loadFiles();
    return this;
  }
}

/** Says nothing by itself: results are told as they come. */
class Silent {}

function load(steps: Step[]): Loader {
  const mocha = new Loader({ timeout: 9000, reporter: Silent as unknown as Mocha.ReporterConstructor });
  for (const { folder } of steps) {
    const tests = path.join(folder, 'test');
    const specs = fs.readdirSync(tests).filter((name) => name.endsWith('.spec.ts'));
    for (const spec of specs.sort()) mocha.addFile(path.join(tests, spec));
  }
  return mocha.load();
}

function outcomeOf(error: unknown, bench: Bench): Partial<CheckResult> {
  if (error instanceof NotApplicable) return { notApplicable: error.message };
  if (error instanceof Diagnosis) return { diagnosis: error.finding };
  if (error instanceof UserError) throw error;
  const { message } = error as Error;
  const words = bench.appOutput.trim().split('\n').slice(-3).join(' | ');
  return {
    diagnosis: {
      id: 'unknown',
      expected: 'the app answers the check’s requests',
      seen: `${message}${words ? `; the app’s last words: ${words}` : ''}`,
      cause: 'not known: the check did not foresee this',
      next: 'look at the app’s own output, and repeat by hand in a browser what the check’s title says',
    },
  };
}
