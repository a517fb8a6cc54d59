import fs from 'node:fs';
import path from 'node:path';
import type { Step } from '../steps/layers';
import { exercisesOf, type OpenExercise } from './exercises';
import { textOf } from './files';
import { myApp } from './my-app';
import { changeProgress } from './progress';

type Task = Step['tasks'][number];

/** Opens one hint more of a task, and says how many are open now. */
export function nextHint(task: Task): number {
  const progress = changeProgress(({ hints }) => ({
    hints: { ...hints, [task.id]: Math.min((hints[task.id] ?? 0) + 1, task.hints.length) },
  }));
  return progress.hints[task.id] ?? 1;
}

/** The lines of a task as they are when it is finished, and as they stand in my-app/ now. */
export function taskExercises(step: Step, task: Task): OpenExercise[] {
  const marked = fs.readFileSync(path.join(step.folder, 'app', task.file), 'utf8');
  return exercisesOf(marked, task.id, textOf(myApp(), task.file) ?? '');
}

/** The same, for someone who wants to see them: it is noted that they were shown. */
export function showSolution(step: Step, task: Task): OpenExercise[] {
  const exercises = taskExercises(step, task);
  changeProgress(({ solutions }) => ({ solutions: [...new Set([...solutions, task.id])] }));
  return exercises;
}
