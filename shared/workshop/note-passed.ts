import type { CheckResult } from '../checks/run';
import { err } from '../lib/terminal';
import { currentTask, firstFailed } from './deduplicate-findings';
import { alone } from './lock';
import { changeProgress, type Progress } from './progress';

/** Notes which tasks of the learner's app passed or failed and the current one. A task stays done when it fails later.
 * A progress file that cannot be written is reported, and the verdict still appears. */
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
  // A round may include only some tasks.
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
