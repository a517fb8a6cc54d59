import fs from 'node:fs';
import path from 'node:path';
import { ROOT, type Step } from '../../shared/steps/layers';
import { type Finished, finishedLines, hashOf, type Pairs } from './mutants';
import { oneLine, type Pair } from './operators';
import type { Caught } from './verdicts';

/** What the last whole run found, as it is committed. */
export interface Result {
  /** By exercise, with the checksum of its finished lines: the variables that may be swapped, as "a b, c d". */
  exercises: Record<string, string>;
  /** Checksums of the files with the checks and specs that notice mutants; a step's checks with what they share in its folder. */
  files: Record<string, string>;
  /** What notices each mutant. */
  caught: Record<string, Caught>;
}

const EMPTY: Result = { exercises: {}, files: {}, caught: {} };

const resultFile = ({ id }: Step) => path.join(__dirname, 'results', `${id}.json`);

export function readResult(step: Step): Result {
  const file = resultFile(step);
  if (!fs.existsSync(file)) return EMPTY;
  return { ...EMPTY, ...(JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<Result>) };
}

/** The variables that may be swapped in an exercise; none where its lines are others than those of the result. */
export function storedPairs({ exercises }: Result, finished: Finished): Pair[] {
  const pairs = exercises[keyOf(finished)] || undefined;
  return (pairs?.split(', ') ?? []).map((pair) => pair.split(' ') as [string, string]);
}

export function writeResult(step: Step, caught: Record<string, Caught>, pairs: Pairs): void {
  const files = [...new Set(Object.values(caught).map((one) => fileOf(step, one)))].sort();
  const result: Result = {
    exercises: Object.fromEntries(
      finishedLines(step).map((one) => [
        keyOf(one),
        pairs(one)
          .map((pair) => pair.join(' '))
          .join(', '),
      ]),
    ),
    files: Object.fromEntries(files.map((file) => [file, checksumOf(file)])),
    caught,
  };
  fs.mkdirSync(path.dirname(resultFile(step)), { recursive: true });
  fs.writeFileSync(resultFile(step), `${JSON.stringify(result, null, 2)}\n`);
}

/** An exercise, also when lines above it come and go: its task, its file, and its lines. */
export const keyOf = ({ exercise, file, text, range }: Finished): string =>
  `${exercise.task} ${file} ${hashOf(oneLine(text.slice(range.start, range.end)))}`;

/** The file of a check or spec, with forward slashes. */
export function fileOf({ name, folder }: Step, caught: Caught): string {
  if ('spec' in caught) return caught.spec;
  const tests = path.join(folder, 'test');
  const has = (file: string) => fs.readFileSync(path.join(tests, file), 'utf8').includes(`'${caught.check}'`);
  const file = fs.readdirSync(tests).find((one) => one.endsWith('.spec.ts') && has(one));
  // What the tenant refuses is the same as what its schema says.
  return file === undefined ? 'shared/tenant/config/schema.ts' : `steps/${name}/test/${file}`;
}

/** Of a file with checks or tests. The checks of one step share files in their folder, which count as well. */
export function checksumOf(file: string): string {
  const folder = path.dirname(file);
  const shared = /^steps\/.*\.spec\.ts$/.test(file)
    ? fs.readdirSync(path.join(ROOT, folder)).filter((name) => !name.endsWith('.spec.ts'))
    : [];
  if (!fs.existsSync(path.join(ROOT, file))) return 'none';
  const all = [file, ...shared.sort().map((name) => `${folder}/${name}`)];
  return hashOf(all.map((one) => fs.readFileSync(path.join(ROOT, one), 'utf8')).join('\0'));
}
