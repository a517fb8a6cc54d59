import { diffComm } from 'node-diff3';
import { readMarked } from '../steps/unmark';

/** The lines of a task in one place: finished, and the learner's. */
export interface OpenExercise {
  finished: string[];
  mine: string[];
  /** The first line in the learner's file, counted from 1. */
  line: number;
}

/** Finds a task's lines in a learner's file, between the lines around the exercise, as far as those still exist.
 * @param marked the layer's file, with its markers. */
export function exercisesOf(marked: string, task: string, mine: string): OpenExercise[] {
  const exercises: OpenExercise[] = [];
  const starter: string[] = [];
  const places: { task: string; from: number; to: number; finished: string[] }[] = [];
  for (const part of readMarked(marked, 'the finished file')) {
    if (part.kind === 'begin')
      places.push({ task: part.exercise.task, from: starter.length, to: starter.length, finished: [] });
    else if (part.kind === 'end') Object.assign(places.at(-1) ?? {}, { to: starter.length });
    else if (part.kind === 'stub' || part.within === undefined) starter.push(part.line);
    else places.at(-1)?.finished.push(part.line);
  }
  const lines = mine.split(/\r?\n/);
  for (const { from, to, finished } of places.filter((one) => one.task === task)) {
    const start = lineAfter(starter, lines, from);
    const end = lineBefore(starter, lines, to);
    exercises.push({ finished, mine: lines.slice(start, Math.max(start, end)), line: start + 1 });
  }
  return exercises;
}

/** The line in the learner's file after the one that precedes a place in the starter. */
function lineAfter(starter: string[], mine: string[], place: number): number {
  let found = 0;
  walk(starter, mine, (s, m) => {
    if (s < place) found = m + 1;
  });
  return found;
}

function lineBefore(starter: string[], mine: string[], place: number): number {
  let found = mine.length;
  walk(starter, mine, (s, m) => {
    if (s >= place && found === mine.length) found = m;
  });
  return found;
}

function walk(starter: string[], mine: string[], each: (starter: number, mine: number) => void): void {
  let s = 0;
  let m = 0;
  for (const part of diffComm(starter, mine) as {
    common?: string[];
    buffer1?: string[];
    buffer2?: string[];
  }[]) {
    for (let i = 0; i < (part.common?.length ?? 0); i++) each(s++, m++);
    s += part.buffer1?.length ?? 0;
    m += part.buffer2?.length ?? 0;
  }
}

/** Removes the common indentation. */
export function outdent(lines: string[]): string[] {
  const depths = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const depth = depths.length > 0 ? Math.min(...depths) : 0;
  return lines.map((line) => line.slice(depth));
}
