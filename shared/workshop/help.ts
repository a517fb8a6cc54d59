import fs from 'node:fs';
import path from 'node:path';
import type { Step } from '../steps/layers';
import { exercisesOf, type OpenExercise } from './exercises';
import { textOf } from './files';
import { myApp } from './my-app';
import { changeProgress } from './progress';
import { filesOfTask } from './tasks';

type Task = Step['tasks'][number];

/** Opens one more hint of a task. @returns how many are open. */
export function nextHint(task: Task): number {
  const progress = changeProgress(({ hints }) => ({
    hints: { ...hints, [task.id]: Math.min((hints[task.id] ?? 0) + 1, task.hints.length) },
  }));
  return progress.hints[task.id] ?? 1;
}

/** An exercise of a task, with the path of its file in my-app/. */
export type TaskExercise = OpenExercise & { file: string };

/** The finished lines of a task, and those in my-app/: of its own file first, then of a second one. */
export function taskExercises(step: Step, task: Task): TaskExercise[] {
  return filesOfTask(step, task).flatMap((file) => {
    const marked = fs.readFileSync(path.join(step.folder, 'app', file), 'utf8');
    return exercisesOf(marked, task.id, textOf(myApp(), file) ?? '').map((one) => ({ file, ...one }));
  });
}

/** The same, and notes that the learner has seen them. */
export function showSolution(step: Step, task: Task): TaskExercise[] {
  const exercises = taskExercises(step, task);
  changeProgress(({ solutions }) => ({ solutions: [...new Set([...solutions, task.id])] }));
  return exercises;
}
