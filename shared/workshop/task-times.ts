import { listSteps, type Step } from '../steps/layers';
import type { Progress } from './progress';

/** What the progress file knows about the work on one task. Times are in ISO 8601. */
export interface TaskTimes {
  /** The step's number. */
  step: number;
  task: string;
  title: string;
  /** Undefined for a task that turned green together with another one, or before the learner came to it. */
  begun?: string;
  /** When all checks of the task first passed. */
  green?: string;
  /** The distinct folds of the task that were opened, of each kind. */
  unfolded: Record<FoldKind, number>;
}

/** `lines`: the finished lines of a task. `outcome`: what happens after a change under *Break it*. */
export type FoldKind = 'lines' | 'outcome';

/** The id of a fold in a lesson, e.g. `2.1-lines-1`. @param n counted from 1 among the task's folds of this kind. */
export const foldId = (task: string, kind: FoldKind, n: number): string => `${task}-${kind}-${n}`;

/** The tasks of a step, or of all steps, in their order. */
export function taskTimes(
  progress: Pick<Progress, 'begun' | 'passed' | 'unfolded'>,
  steps: readonly Step[] = listSteps(),
): TaskTimes[] {
  const opened = Object.keys(progress.unfolded);
  return steps.flatMap(({ number, tasks }) =>
    tasks.map(({ id, title }) => {
      const of = (kind: FoldKind) =>
        opened.filter((fold) => fold.startsWith(foldId(id, kind, 0).slice(0, -1)));
      const [begun, green] = [progress.begun[id], progress.passed[id]];
      return {
        step: number,
        task: id,
        title,
        ...(begun === undefined ? {} : { begun }),
        ...(green === undefined ? {} : { green }),
        unfolded: { lines: of('lines').length, outcome: of('outcome').length },
      };
    }),
  );
}

/** The progress with the first open task of its step begun, unless the learner began it before.
 * @param at ISO 8601. */
export function withFirstTask(progress: Progress, at: string): Progress {
  const step = listSteps().find(({ number }) => number === progress.step);
  if (step === undefined || progress.caughtUp.includes(step.number)) return progress;
  const first = step.tasks.find(({ id }) => progress.passed[id] === undefined);
  return first === undefined ? progress : { ...progress, begun: { [first.id]: at, ...progress.begun } };
}
