import { UserError } from '../lib/user-error';
import { findStep, listSteps, type Step } from '../steps/layers';
import { textOf } from './files';
import { isDone, openTasks, type Progress } from './progress';

/** A task by its id, or the current one: at which the last check stopped, or else the first that is not done.
 * @throws UserError when there is no such task, listing the tasks. */
export function findTask(
  wanted: string | undefined,
  progress: Progress,
): { step: Step; task: Step['tasks'][number] } {
  if (wanted === undefined) {
    const step = findStep(String(progress.step ?? 1));
    // An earlier step may have broken.
    const current = listSteps().find(({ tasks }) => tasks.some(({ id }) => id === progress.inHand));
    if (current && current.number < step.number) return findTask(progress.inHand, progress);
    const task =
      step.tasks.find(({ id }) => id === progress.inHand) ??
      step.tasks.find(({ id }) => openTasks(progress, step).includes(id)) ??
      step.tasks.findLast(({ optional }) => !optional);
    if (task) return { step, task };
  }
  for (const step of listSteps()) {
    const task = step.tasks.find(({ id }) => id === wanted);
    if (task) return { step, task };
  }
  const tasks = listSteps().flatMap((step) => step.tasks.map(({ id, title }) => `  ${id}  ${title}`));
  throw new UserError(`There is no task "${wanted}". The tasks are:\n${tasks.join('\n')}`);
}

/** The step in progress when nothing of it is left to do, by the last check. */
export function doneStep({ step: number, ...progress }: Progress): Step | undefined {
  const step = listSteps().find((one) => one.number === number);
  return step && progress.inHand === undefined && isDone(progress, step) ? step : undefined;
}

/** The files in which a task may have lines, its own file first. It can have a second one: an Action has its code and an
 * entry in tenant.yaml. */
export const filesOfTask = (step: Step, task: Step['tasks'][number]): string[] => [
  ...new Set([task.file, ...step.tasks.map(({ file }) => file)]),
];

/** The files of a learner's app that still contain a task's placeholder, the task's own file first. */
export const openFiles = (app: string, step: Step, task: Step['tasks'][number]): string[] =>
  filesOfTask(step, task).filter((file) => textOf(app, file)?.includes(`Task ${task.id}`));
