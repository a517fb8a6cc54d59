import fs from 'node:fs';
import path from 'node:path';
import { ROOT, type Step } from '../../shared/steps/layers';
import { type Finished, finishedLines, hashOf, type Pairs } from './mutants';
import { oneLine, type Pair } from './operators';
import type { Caught } from './verdicts';

/** What the last whole run found, as it is committed. */
export interface Result {
  /** Checksums of the finished lines, by exercise. */
  lines: Record<string, string>;
  /** The variables that may be swapped, by exercise. */
  pairs: Record<string, readonly Pair[]>;
  /** Checksums of the files with the checks and specs that notice mutants. */
  files: Record<string, string>;
  /** What notices each mutant. */
  caught: Record<string, Caught>;
}

const EMPTY: Result = { lines: {}, pairs: {}, files: {}, caught: {} };

const resultFile = ({ id }: Step) => path.join(__dirname, 'results', `${id}.json`);

export function readResult(step: Step): Result {
  const file = resultFile(step);
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Result) : EMPTY;
}

export function writeResult(step: Step, caught: Record<string, Caught>, pairs: Pairs): void {
  const finished = finishedLines(step);
  const files = [...new Set(Object.values(caught).map((one) => fileOf(step, one)))].sort();
  const result: Result = {
    lines: Object.fromEntries(finished.map((one) => [keyOf(one), linesHash(one)])),
    pairs: Object.fromEntries(finished.map((one) => [keyOf(one), pairs(one)])),
    files: Object.fromEntries(files.map((file) => [file, fileHash(file)])),
    caught,
  };
  fs.mkdirSync(path.dirname(resultFile(step)), { recursive: true });
  fs.writeFileSync(resultFile(step), `${JSON.stringify(result, null, 2)}\n`);
}

/** An exercise, also when lines above it come and go: its file, its task, and its lines. */
export const keyOf = (finished: Finished): string =>
  `${finished.exercise.task} ${finished.file} ${linesHash(finished)}`;

const linesHash = ({ text, range }: Finished): string => hashOf(oneLine(text.slice(range.start, range.end)));

/** The file of a check or spec, with forward slashes. */
export function fileOf({ name, folder }: Step, caught: Caught): string {
  if ('spec' in caught) return caught.spec;
  const tests = path.join(folder, 'test');
  const has = (file: string) => fs.readFileSync(path.join(tests, file), 'utf8').includes(`'${caught.check}'`);
  const file = fs.readdirSync(tests).find((one) => one.endsWith('.spec.ts') && has(one));
  // What the tenant refuses is the same as what its schema says.
  return file === undefined ? 'shared/tenant/config/schema.ts' : `steps/${name}/test/${file}`;
}

const fileHash = (file: string): string => hashOf(fs.readFileSync(path.join(ROOT, file), 'utf8'));
