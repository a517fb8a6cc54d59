import fs from 'node:fs';
import path from 'node:path';
import type { Step } from '../steps/layers';
import { exercisesOf, type OpenExercise } from './exercises';
import { textOf } from './files';
import { myApp } from './my-app';
import { changeProgress } from './progress';

type Task = Step['tasks'][number];

/** Opens one more hint of a task. @returns how many are open. */
export function nextHint(task: Task): number {
  const progress = changeProgress(({ hints }) => ({
    hints: { ...hints, [task.id]: Math.min((hints[task.id] ?? 0) + 1, task.hints.length) },
  }));
  return progress.hints[task.id] ?? 1;
}

/** The finished lines of a task, and those in my-app/. */
export function taskExercises(step: Step, task: Task): OpenExercise[] {
  const marked = fs.readFileSync(path.join(step.folder, 'app', task.file), 'utf8');
  return exercisesOf(marked, task.id, textOf(myApp(), task.file) ?? '');
}

/** The same, and notes that the learner has seen them. */
export function showSolution(step: Step, task: Task): OpenExercise[] {
  const exercises = taskExercises(step, task);
  changeProgress(({ solutions }) => ({ solutions: [...new Set([...solutions, task.id])] }));
  return exercises;
}
