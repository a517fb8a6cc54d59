import { prewarmForChecks } from '../app-runner/prewarm';
import type { PrewarmedProcess } from '../app-runner/prewarmed-process';
import { commandContext } from '../lib/command-context';
import type { Message } from '../recorder';
import { findStep, listSteps, type Step } from '../steps/layers';
import type { Trace } from './check-trace';
import type { Check } from './index';
import type { Subject } from './subject';
import { type CheckResult, Suite } from './suite';
import { TestEnvironment } from './test-environment';

export type { CheckResult } from './suite';

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
  /** A process that waits for the app; without it one is made. With 'none' the app starts as from a shell. */
  prewarmed?: PrewarmedProcess | 'none' | undefined;
  onChecks?: (checks: readonly Check[]) => void;
  onStart?: (check: Check) => void;
  /** Gets each result at once, and its trace. */
  onResult?: (result: CheckResult, trace: Trace) => void;
  /** Gets the messages at the end, in their order. */
  onRecording?: (messages: readonly Message[]) => void;
}

/**
 * Runs a step's checks against an app, for real: tenant, API and app run, and a browser drives the login.
 *
 * @throws UserError when its tenant.yaml cannot be used at all. An app that does not start fails each check.
 */
export async function runChecks(
  subject: Subject,
  { all = false, only, prewarmed, onChecks, onStart, onResult, onRecording }: RunOptions = {},
): Promise<RunResult> {
  const step = findStep(String(subject.step));
  const environment = new TestEnvironment(subject);
  let checks: CheckResult[] = [];
  let suite: Suite | undefined;
  const context = commandContext();
  const atOnce = () => {
    environment.endNow();
    context.exit(130);
  };
  const noSignals = context.onSignal(atOnce);
  try {
    const opening = environment.open(
      prewarmed === 'none' ? undefined : (prewarmed ?? prewarmForChecks(subject)),
    );
    // The checks are loaded while the app's process loads what it needs.
    opening.catch(() => {});
    suite = new Suite(all ? listSteps().filter(({ number }) => number <= step.number) : [step]);
    onChecks?.(suite.checks);
    await opening;
    checks = await suite.run(environment, { only, rank: byTask, onStart, onResult });
    onRecording?.(environment.recorder.messages);
  } finally {
    // Else the next run would find its files loaded, and no check in them.
    suite?.dispose();
    noSignals();
    await environment.close();
  }
  return {
    step: step.number,
    passed: checks.length > 0 && checks.every((c) => c.passed || c.notApplicable !== undefined),
    checks,
  };
}

/** In the order in which the lesson asks for it. */
const byTask = ({ task }: Check): number => {
  const [step = 0, place = 0] = task.split('.').map(Number);
  return 100 * step + place;
};

/** The ids of a step's checks, without running them. */
export function listChecks(step: Step): Check[] {
  const suite = new Suite([step]);
  suite.dispose();
  return [...suite.checks];
}
