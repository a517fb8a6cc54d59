import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { layersOf, readApp, type Step } from '../../shared/steps/layers';
import { type Exercise, mayBeMarked, readMarked } from '../../shared/steps/unmark';
import { applied, type Change, changesIn, oneLine, type Pair, parseSource, type Range } from './operators';

/** A finished app in which one thing is changed, within the finished lines of one exercise. */
export interface Mutant {
  /** Names task, operator and code: stable as long as the code is. */
  id: string;
  step: number;
  task: string;
  /** The changed file, by its path in the app. */
  file: string;
  text: string;
}

/** The finished lines of one exercise. */
export interface Finished {
  exercise: Exercise;
  file: string;
  /** The whole file, without markers. */
  text: string;
  range: Range;
}

/** Gives the variables that may be swapped in an exercise. */
export type Pairs = (finished: Finished) => readonly Pair[];

/** The finished lines of all exercises of a step. */
export function finishedLines({ number, folder }: Step): Finished[] {
  const all: Finished[] = [];
  for (const [file, layer] of layersOf(number)) {
    if (layer.number !== number || !mayBeMarked(file)) continue;
    const from = path.join(folder, 'app', file);
    const ranges = new Map<Exercise, Range>();
    let text = '';
    for (const part of readMarked(fs.readFileSync(from, 'utf8'), from)) {
      if (part.kind === 'begin') ranges.set(part.exercise, { start: text.length, end: text.length });
      if (part.kind !== 'line') continue;
      text += `${part.line}\n`;
      if (part.within)
        ranges.set(part.within, { start: ranges.get(part.within)?.start ?? 0, end: text.length });
    }
    text = text.slice(0, -1);
    const name = file.split(path.sep).join('/');
    for (const [exercise, range] of ranges) all.push({ exercise, file: name, text, range });
  }
  return all;
}

export function mutantsOf(step: Step, pairs: Pairs): Mutant[] {
  const seen = new Map<string, number>();
  return finishedLines(step).flatMap((finished) => {
    const { exercise, file, text } = finished;
    return changesOf(finished, pairs).map(({ operator, code, edits }) => {
      const name = `${exercise.task} ${operator} ${short(code)}`;
      const count = (seen.get(name) ?? 0) + 1;
      seen.set(name, count);
      const id = count === 1 ? name : `${name} #${count}`;
      return { id, step: step.number, task: exercise.task, file, text: applied(text, edits) };
    });
  });
}

function changesOf(finished: Finished, pairs: Pairs): Change[] {
  const { file, text, range } = finished;
  if (/\.(ts|js)$/.test(file)) return changesIn(parseSource(file, text), range, pairs(finished));
  return withoutLines(text, range);
}

/** What is no program has one operator: a line is left out, with what is indented below it. */
function withoutLines(text: string, { start, end }: Range): Change[] {
  const changes: Change[] = [];
  for (let at = start; at < end; at = lineEnd(text, at)) {
    const line = text.slice(at, lineEnd(text, at));
    if (line.trim() === '' || /^\s*(#|\/\/)/.test(line)) continue;
    let last = lineEnd(text, at);
    while (last < end && indent(text.slice(last)) > indent(line)) last = lineEnd(text, last);
    changes.push({
      operator: 'drop-statement',
      code: oneLine(line),
      at,
      edits: [{ start: at, end: last, text: '' }],
    });
  }
  return changes;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

const indent = (line: string): number => /^ */.exec(line)?.[0].length ?? 0;

const short = (code: string): string => (code.length <= 70 ? code : `${code.slice(0, 50)}… ${hashOf(code)}`);

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** Writes the app of a mutant into a folder that does not exist yet. */
export function writeMutant({ step, file, text }: Mutant, target: string): void {
  for (const [name, own] of readApp(step)) {
    const to = path.join(target, name);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.writeFileSync(to, name === file ? text : own);
  }
}
