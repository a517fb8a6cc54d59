import type { CheckResult } from '../checks/run';
import { err } from '../lib/terminal';
import { currentTask, firstFailed } from './deduplicate-findings';
import { alone } from './lock';
import { changeProgress, type Progress } from './progress';

/**
 * Notes the tasks all of whose checks have passed on the learner's own app, those that were found wrong, and the one to go on with; a task stays done
 * when a later try breaks it. A progress file that cannot be written is reported, and is no reason to keep a verdict back.
 */
export async function notePassed(checks: readonly CheckResult[]): Promise<void> {
  await alone(async () => changeProgress((before) => noted(before, checks))).catch((error: Error) =>
    err(`What passed was not noted: ${error.message}\n`),
  );
}

function noted(before: Progress, checks: readonly CheckResult[]): Partial<Progress> {
  const right = ({ passed, notApplicable }: CheckResult) => passed || notApplicable !== undefined;
  const tasks = [...new Set(checks.map(({ task }) => task))];
  const done = tasks.filter((task) => checks.every((one) => one.task !== task || right(one)));
  const at = new Date().toISOString();
  const first = firstFailed(checks);
  const inHand = currentTask(checks);
  // A round may look at some tasks only.
  const others = (before.lastCheck?.wrong ?? []).filter((task) => !tasks.includes(task));
  const { id: diagnosis = '', cause = '' } = first?.diagnosis ?? {};
  return {
    passed: { ...Object.fromEntries(done.map((task) => [task, at])), ...before.passed },
    inHand,
    since: inHand === before.inHand && before.since !== undefined ? before.since : at,
    lastCheck: {
      at,
      wrong: [...others, ...tasks.filter((task) => !done.includes(task))],
      ...(first ? { found: { check: first.id, diagnosis, cause } } : {}),
    },
  };
}
