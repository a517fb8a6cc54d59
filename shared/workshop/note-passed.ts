import type { CheckResult } from '../checks/run';
import { alone } from './lock';
import { changeProgress } from './progress';

/**
 * Notes the tasks all of whose checks have passed on the learner's own app; a task stays done when a later try breaks it. A progress file
 * that cannot be written is told, and is no reason to keep a verdict back.
 */
export async function notePassed(checks: readonly CheckResult[]): Promise<void> {
  const right = ({ passed, notApplicable }: CheckResult) => passed || notApplicable !== undefined;
  const tasks = new Set(checks.map(({ task }) => task));
  const done = [...tasks].filter((task) => checks.every((one) => one.task !== task || right(one)));
  if (done.length === 0) return;
  const now = new Date().toISOString();
  const noted = Object.fromEntries(done.map((task) => [task, now]));
  await alone(async () => changeProgress(({ passed }) => ({ passed: { ...noted, ...passed } }))).catch(
    (error: Error) => process.stderr.write(`What passed was not noted: ${error.message}\n`),
  );
}
