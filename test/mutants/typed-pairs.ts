import fs from 'node:fs';
import path from 'node:path';
import { materialise, type Step, workFolder } from '../../shared/steps/layers';
import type { Finished, Pairs } from './mutants';
import type { Pair } from './operators';

/** Asks the type checker, in the finished app of a step, the first time that it is needed. */
export function typedPairs(step: Step): { pairs: Pairs; remove: () => void } {
  const folder = path.join(workFolder(), `types-${step.id}-${process.pid}`);
  const known = new Map<string, readonly Pair[]>();
  let types: import('./same-type').SameType | undefined;
  const pairs: Pairs = ({ file, range, exercise }: Finished) => {
    if (!/\.(ts|js)$/.test(file)) return [];
    const stored = known.get(exercise.place);
    if (stored) return stored;
    types ??= load(step, folder);
    const found = types.pairs(path.join(folder, file), range);
    known.set(exercise.place, found);
    return found;
  };
  return { pairs, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}

function load(step: Step, folder: string): import('./same-type').SameType {
  materialise(step.number, folder);
  const { SameType } = require('./same-type') as typeof import('./same-type');
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new SameType(files.filter((file) => /\.(ts|js)$/.test(file)).map((file) => path.join(folder, file)));
}
