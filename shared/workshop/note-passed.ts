import type { CheckResult } from '../checks/run';
import { err } from '../party/terminal';
import { alone } from './lock';
import { changeProgress } from './progress';
import { taskInHand } from './told';

/**
 * Notes the tasks all of whose checks have passed on the learner's own app, and the one to go on with; a task stays done when a later try breaks it. A
 * progress file that cannot be written is told, and is no reason to keep a verdict back.
 */
export async function notePassed(checks: readonly CheckResult[]): Promise<void> {
  const right = ({ passed, notApplicable }: CheckResult) => passed || notApplicable !== undefined;
  const tasks = new Set(checks.map(({ task }) => task));
  const done = [...tasks].filter((task) => checks.every((one) => one.task !== task || right(one)));
  const now = new Date().toISOString();
  const noted = Object.fromEntries(done.map((task) => [task, now]));
  const inHand = taskInHand(checks);
  await alone(async () =>
    changeProgress(({ passed }) => ({ passed: { ...noted, ...passed }, inHand })),
  ).catch((error: Error) => err(`What passed was not noted: ${error.message}\n`));
}
