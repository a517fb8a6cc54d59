import type { Step } from '../steps/layers';
import type { Progress } from './progress';
import { type TaskTimes, taskTimes } from './task-times';

/** How long several learners took for a step or a task. */
export interface Took {
  /** "01" for a step, "1.2" for a task. */
  id: string;
  title: string;
  /** How many learners have a time for it. */
  learners: number;
  /** Minutes; undefined where no learner has a time. */
  median?: number;
  p80?: number;
}

/** Each step, followed by its tasks. */
export function mergeTimes(all: readonly Progress[], steps: readonly Step[]): Took[] {
  const learners = all.map((progress) => taskTimes(progress, steps));
  return steps.flatMap((step) => [
    took(
      step.id,
      step.title,
      learners.map((times) => minutesOfStep(times, step)),
    ),
    ...step.tasks.map(({ id, title }) =>
      took(
        id,
        title,
        learners.map((times) => minutesOf(times.find(({ task }) => task === id))),
      ),
    ),
  ]);
}

/** Minutes from the moment when a task was begun until it turned green. */
export function minutesOf({ begun, green }: Partial<TaskTimes> = {}): number | undefined {
  if (begun === undefined || green === undefined) return undefined;
  const minutes = (Date.parse(green) - Date.parse(begun)) / 60_000;
  return minutes >= 0 ? minutes : undefined;
}

/** Minutes from the first task that was begun until the last one that the step needs turned green. */
export function minutesOfStep(times: readonly TaskTimes[], { number, tasks }: Step): number | undefined {
  const optional = new Set(tasks.flatMap((task) => (task.optional ? [task.id] : [])));
  const own = times.filter(({ step, task }) => step === number && !optional.has(task));
  const greens = own.flatMap(({ green }) => green ?? []);
  const begun = own.flatMap((one) => one.begun ?? []).sort()[0];
  const green = greens.sort().at(-1);
  if (greens.length < own.length || begun === undefined || green === undefined) return undefined;
  return minutesOf({ begun, green });
}

function took(id: string, title: string, given: (number | undefined)[]): Took {
  const minutes = given.filter((one) => one !== undefined).sort((a, b) => a - b);
  const learners = minutes.length;
  if (learners === 0) return { id, title, learners };
  return { id, title, learners, median: medianOf(minutes), p80: percentileOf(minutes, 80) };
}

/** @param sorted at least one number, in ascending order. */
function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  const [low = 0, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** The smallest of the numbers that is not below so many per cent of them (nearest rank). */
const percentileOf = (sorted: readonly number[], percent: number): number =>
  sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0;
