import path from 'node:path';
import { prewarmForStart } from '../app-runner/prewarm';
import type { PrewarmedProcess } from '../app-runner/prewarmed-process';
import { findStep, listSteps, materialise, type Step, workFolder } from '../steps/layers';
import { hasMyApp, myApp } from '../workshop/my-app';
import { peekProgress } from '../workshop/progress';

export interface AppPlace {
  /** Whether it is the learner's own, which may change while the workshop runs. */
  own(): boolean;
  /** Its folder now; the finished app of a step is made again. */
  folder(): string;
  at: string;
  /** A process that loads the packages of the app at `at` and waits for its start. */
  prewarmed: PrewarmedProcess | undefined;
}

/** Finds the app and begins to load its packages. @param wanted the step whose finished app runs; by default
 * the learner's app, or the newest step's. @throws UserError for a step that does not exist. */
export function appPlace(wanted: string | undefined): AppPlace {
  const own = () => wanted === undefined && hasMyApp();
  const folder = () => (own() ? myApp() : finished(stepOf(wanted)));
  const at = folder();
  const step = (own() ? peekProgress()?.step : undefined) ?? stepOf(wanted).number;
  return { own, folder, at, prewarmed: prewarmForStart(step, at) };
}

function stepOf(wanted: string | undefined): Step {
  const step = wanted === undefined ? listSteps().at(-1) : findStep(wanted);
  if (!step) throw new Error('there is no step');
  return step;
}

function finished(step: Step): string {
  const folder = path.join(workFolder(), 'apps', step.id);
  materialise(step.number, folder);
  return folder;
}
