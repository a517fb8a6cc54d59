import { prewarmForChecks } from '../app-runner/prewarm';
import type { AppHost } from '../app-runner/prewarmed-process';
import { commandContext } from '../lib/command-context';
import type { Message } from '../recorder';
import { findStep, listSteps, type Step } from '../steps/layers';
import type { Trace } from './check-trace';
import { EarlierChecks } from './earlier';
import type { Check } from './index';
import type { Subject } from './subject';
import { Suite } from './suite';
import { TestEnvironment } from './test-environment';
import { byTask, type CheckResult, isRight } from './verdict';

export type { CheckResult } from './verdict';

export interface RunResult {
  step: number;
  passed: boolean;
  checks: CheckResult[];
  /** The results of the steps before, with the option `earlier`. */
  earlier: CheckResult[];
}

export interface RunOptions {
  /** Also the checks of the steps before, in the order of tasks. */
  all?: boolean;
  /** Also the checks of the steps before, after the step's own ones. */
  earlier?: boolean;
  /** The ids of the checks that run; without it all do. */
  only?: readonly string[] | undefined;
  /** A process that waits for the app; without it one is made. With 'none' the app starts as from a shell. */
  prewarmed?: AppHost | 'none' | undefined;
  /** Gets the step's own checks, and those of the steps before that run after them. */
  onChecks?: (checks: readonly Check[], earlier: readonly Check[]) => void;
  onStart?: (check: Check) => void;
  /** Gets each result at once, and its trace. */
  onResult?: (result: CheckResult, trace: Trace) => void;
  /** Gets the results of the step's own checks, before the other ones of the steps before run. */
  onVerdict?: (checks: readonly CheckResult[]) => void;
  /** As onResult, for the checks of the steps before. */
  onEarlier?: (result: CheckResult, trace: Trace) => void;
  /** Gets the messages at the end, in their order. */
  onRecording?: (messages: readonly Message[]) => void;
}

/** Runs a step's checks against an app: tenant, API and app run, and a browser drives the login.
 * @throws UserError when tenant.yaml cannot be used. An app that does not start fails each check. */
export async function runChecks(
  subject: Subject,
  { all = false, earlier = false, only, prewarmed, ...on }: RunOptions = {},
): Promise<RunResult> {
  const { onChecks, onStart, onResult, onVerdict, onEarlier, onRecording } = on;
  const step = findStep(String(subject.step));
  const environment = new TestEnvironment(subject);
  let checks: CheckResult[] = [];
  let others: CheckResult[] = [];
  let suite: Suite | undefined;
  let before: EarlierChecks | undefined;
  const context = commandContext();
  const host = prewarmed === 'none' ? undefined : (prewarmed ?? prewarmForChecks(subject));
  const atOnce = () => {
    environment.endNow();
    host?.close();
    context.exit(130);
  };
  const noSignals = context.onSignal(atOnce);
  try {
    const opening = environment.open(host);
    // The checks are loaded while the app's process loads what it needs.
    opening.catch(() => {});
    suite = new Suite(all ? listSteps().filter(({ number }) => number <= step.number) : [step]);
    if (earlier && !all && step.number > 1) before = new EarlierChecks(step);
    onChecks?.(suite.checks, before?.checks ?? []);
    await opening;
    await before?.first(environment, { only, onResult: onEarlier });
    checks = await suite.run(environment, { only, rank: byTask, onStart, onResult });
    onVerdict?.(checks);
    others = (await before?.rest(environment, checks, { only, onStart, onResult: onEarlier })) ?? [];
    onRecording?.(environment.recorder.messages);
  } finally {
    // Else the next run would find its files loaded, and no check in them.
    suite?.dispose();
    before?.dispose();
    noSignals();
    await environment.close();
    // No check may have needed the app.
    host?.close();
  }
  return {
    step: step.number,
    passed: checks.length > 0 && [...checks, ...others].every(isRight),
    checks,
    earlier: others,
  };
}

/** The ids of a step's checks, without running them. */
export function listChecks(step: Step): Check[] {
  const suite = new Suite([step]);
  suite.dispose();
  return [...suite.checks];
}
