import fs from 'node:fs';
import path from 'node:path';
import { layersOf } from '../../shared/steps/layers';

/** Names a JSON file with a Mutation, for the specs of the app to run against it. */
export const MUTANT = 'WORKSHOP_MUTANT';

/** A file of the app in which one thing is changed; `step` is the one whose layer has the file. */
export interface Mutation {
  step: number;
  file: string;
  text: string;
}

/** Changes an app as the environment asks for: after the step and after later ones, as long as they have the same file. */
export function mutate(folder: string, step: number): void {
  const named = process.env[MUTANT];
  if (named === undefined) return;
  const mutation = JSON.parse(fs.readFileSync(named, 'utf8')) as Mutation;
  if (layersOf(step).get(path.normalize(mutation.file))?.number !== mutation.step) return;
  fs.writeFileSync(path.join(folder, mutation.file), mutation.text);
}
