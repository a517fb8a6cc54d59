import { isRight, type Verdict } from '../checks/verdict';
import { err } from '../lib/terminal';
import { listSteps } from '../steps/layers';
import { currentTask, firstToFix } from './deduplicate-findings';
import { alone } from './lock';
import { changeProgress, type Progress } from './progress';

/** Notes which tasks of the learner's app passed or failed and the current one. A task remains done when it fails later.
 * A progress file that cannot be written is reported, and the verdict still appears. */
export async function notePassed(verdict: Verdict): Promise<void> {
  await alone(async () => changeProgress((before) => noted(before, verdict))).catch((error: Error) =>
    err(`The passed checks were not stored: ${error.message}\n`),
  );
}

function noted(before: Progress, verdict: Verdict): Partial<Progress> {
  const checks = [...verdict.earlier, ...verdict.checks];
  const tasks = [...new Set(checks.map(({ task }) => task))];
  const right = tasks.filter((task) => checks.every((one) => one.task !== task || isRight(one)));
  // Of an optional task that was left out, no check passes and none fails.
  const skipped = optionalTasks().filter((task) => !checks.some((one) => one.task === task && one.passed));
  const done = right.filter((task) => !skipped.includes(task));
  const at = new Date().toISOString();
  const first = firstToFix(verdict);
  const inHand = currentTask(verdict);
  // A round may include only some tasks.
  const others = (before.lastCheck?.wrong ?? []).filter((task) => !tasks.includes(task));
  const { id: diagnosis = '', cause = '' } = first?.diagnosis ?? {};
  return {
    passed: { ...Object.fromEntries(done.map((task) => [task, at])), ...before.passed },
    ...(inHand === undefined ? {} : { begun: { [inHand]: at, ...before.begun } }),
    inHand,
    since: inHand === before.inHand && before.since !== undefined ? before.since : at,
    lastCheck: {
      at,
      wrong: [...others, ...tasks.filter((task) => !right.includes(task))],
      ...(first ? { found: { check: first.id, diagnosis, cause } } : {}),
    },
  };
}

const optionalTasks = (): string[] =>
  listSteps().flatMap(({ tasks }) => tasks.flatMap(({ id, optional }) => (optional ? [id] : [])));
