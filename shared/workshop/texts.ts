import fs from 'node:fs';
import path from 'node:path';
import { rmSync } from '../lib/held';
import { alternativesOf, materialiseAlternative, styleOf } from '../steps/alternatives';
import { listSteps, readApp, type Step, workFolder } from '../steps/layers';
import { type Mistake, materialiseMistake, mistakesOf } from '../steps/mistakes';
import type { Exercise } from '../steps/unmark';

/** What prevents the proofs of a step, found within a second by reading its files, as one line for each problem.
 * @param only the number of one step; without it all of them. */
export function textProblems(only?: number): string[] {
  return listSteps()
    .filter(({ number }) => only === undefined || number === only)
    .flatMap((step) => [...inApp(step), ...inMistakes(step), ...inAlternatives(step)]);
}

function inApp(step: Step): string[] {
  const exercises: Exercise[] = [];
  const wrong = problem(() => {
    readApp(step.number, {
      starter: (exercise) => {
        exercises.push(exercise);
        return true;
      },
    });
  });
  if (wrong !== undefined) return [wrong];
  const file = `${step.name}/step.yaml`;
  const tasks = new Set(step.tasks.map(({ id }) => id));
  return [
    ...step.tasks.flatMap((task) =>
      fs.existsSync(path.join(step.folder, 'app', task.file))
        ? []
        : [`${file}: task ${task.id} is in ${task.file}, which the step's app/ does not have`],
    ),
    ...exercises.flatMap(({ task, place }) =>
      tasks.has(task) ? [] : [`${place}: task ${task} is none of step ${step.id}`],
    ),
    ...step.tasks.flatMap(({ id, optional }) =>
      optional || exercises.some(({ task }) => task === id)
        ? []
        : [`${file}: no file has a BEGIN SOLUTION ${id}`],
    ),
  ];
}

function inMistakes(step: Step): string[] {
  const file = `${step.name}/mistakes.yaml`;
  let mistakes: Mistake[] = [];
  const malformed = problem(() => {
    mistakes = mistakesOf(step);
  });
  if (malformed !== undefined) return [malformed];
  const { listChecks } = require('../checks/run') as typeof import('../checks/run');
  const checks = new Set(listChecks(step).map(({ id }) => id));
  const target = path.join(workFolder(), `texts-${step.id}-${process.pid}`);
  const ids = new Set<string>();
  try {
    return mistakes.flatMap((mistake) => {
      const { id, check } = mistake;
      const twice = ids.has(id);
      ids.add(id);
      return [
        ...(twice ? [`${file}: there are two entries ${id}`] : []),
        ...(checks.has(check) ? [] : [`${file}, ${id}: there is no check ${check}`]),
        ...[problem(() => materialiseMistake(step, mistake, target)) ?? []].flat(),
      ];
    });
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

function inAlternatives(step: Step): string[] {
  const target = path.join(workFolder(), `texts-accepts-${step.id}-${process.pid}`);
  try {
    return alternativesOf(step).flatMap((name) => {
      const wrong = problem(() => {
        materialiseAlternative(step, name, target);
        if (styleOf(step, name) === '') throw new Error('its README.md says nothing');
      });
      return wrong === undefined ? [] : [`${step.name}/accepts/${name}: ${wrong}`];
    });
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

function problem(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
