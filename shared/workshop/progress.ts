import fs from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { renameSync } from '../lib/held';
import { err } from '../lib/terminal';
import { writeWhole } from '../lib/write-whole';
import { layersOf, listSteps } from '../steps/layers';
import { textOf } from './files';
import { myApp, myAppData } from './my-app';

const lastCheck = z.strictObject({
  at: z.string(),
  /** Tasks that the last check of them found wrong. */
  wrong: z.array(z.string()),
  /** The first thing that is to be done: which check told it, its diagnosis, and the likely cause. */
  found: z.strictObject({ check: z.string(), diagnosis: z.string(), cause: z.string() }).optional(),
});

/** What progress.yaml holds. */
export const progressFile = z.strictObject({
  /** The step that was laid over my-app/ last. */
  step: z.int().positive().optional(),
  /** Tasks whose checks have passed, with the moment. */
  passed: z.record(z.string(), z.string()).default({}),
  /** The task to go on with, as the last check saw it; not known before one, nor after one that passed. */
  inHand: z.string().optional(),
  /** Since when that task is current, or the step when no task is noted. */
  since: z.string().optional(),
  /** What the last check of each task said, and what it found first. */
  lastCheck: lastCheck.optional(),
  /** Steps that were caught up with: the finished app stands in my-app/. */
  caughtUp: z.array(z.int()).default([]),
  /** How many hints of a task were shown. */
  hints: z.record(z.string(), z.int().min(0).max(3)).default({}),
  /** Tasks whose solution was shown. */
  solutions: z.array(z.string()).default([]),
  /** A command that has begun to change my-app/, and the copy from before it. Stays when the command was killed. */
  unfinished: z.strictObject({ command: z.string(), copy: z.int() }).optional(),
  /** The copy that the last command made that came to its end. */
  finished: z.int().optional(),
});

export type Progress = z.output<typeof progressFile>;

export const progressPath = () => path.join(myAppData(), 'progress.yaml');

const HEAD = '# How far you are. The workshop writes this file; the copies of your app are beside it.\n';

/** Where the learner stands. A file that cannot be read is set aside, and what can be seen in my-app/ takes its place. */
export function readProgress(): Progress {
  const text = textOf(myAppData(), 'progress.yaml');
  if (text === undefined) return progressFile.parse(hereBy({}));
  try {
    return progressFile.parse(parse(text));
  } catch {
    return rebuild();
  }
}

/** The same for whoever only looks: nothing is written, and a damaged file says nothing. */
export function peekProgress(): Progress | undefined {
  try {
    return progressFile.parse(parse(fs.readFileSync(progressPath(), 'utf8')));
  } catch {
    return undefined;
  }
}

export function writeProgress(progress: Progress): void {
  fs.mkdirSync(myAppData(), { recursive: true });
  writeWhole(progressPath(), progressText(progress));
}

export function progressText(progress: Progress): string {
  return HEAD + stringify(JSON.parse(JSON.stringify(progress)));
}

/** @returns the changed progress, written. */
export function changeProgress(change: (progress: Progress) => Partial<Progress>): Progress {
  const before = readProgress();
  const after = { ...before, ...change(before) };
  writeProgress(after);
  return after;
}

function rebuild(): Progress {
  const aside = `${progressPath()}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  renameSync(progressPath(), aside);
  const found = progressFile.parse(hereBy({}));
  writeProgress(found);
  err(
    `Your progress could not be read: the file was damaged and is kept as ${path.basename(aside)}. ` +
      `By what stands in my-app you are at ${found.step === undefined ? 'the beginning' : `step ${found.step}`}; ` +
      'npm run check notes again what is done.\n',
  );
  return found;
}

/** The newest step all of whose new files stand in my-app/. */
function hereBy(progress: Partial<Progress>): Partial<Progress> {
  const reached = listSteps().filter(({ number }) =>
    [...layersOf(number)]
      .filter(([file, layer]) => layer.number === number && !layersOf(number - 1).has(file))
      .every(([file]) => fs.existsSync(path.join(myApp(), file))),
  );
  const step = reached.at(-1)?.number;
  return step === undefined ? progress : { ...progress, step };
}

interface Tasks {
  number: number;
  tasks: { id: string }[];
}

/**
 * Whether a task is done: its checks have passed once, or the finished app was put in place and no check has found it wrong since.
 */
export function isTaskDone(progress: Progress, { number }: Pick<Tasks, 'number'>, id: string): boolean {
  return progress.passed[id] !== undefined || (progress.caughtUp.includes(number) && !isWrong(progress, id));
}

/** Whether the last check of a task found it wrong. */
export const isWrong = ({ lastCheck: last }: Progress, id: string) => last?.wrong.includes(id) ?? false;

/** The tasks of a step that are still to be done. */
export const openTasks = (progress: Progress, step: Tasks): string[] =>
  step.tasks.flatMap(({ id }) => (isTaskDone(progress, step, id) ? [] : [id]));

/** Whether every task of a step is done. */
export const isDone = (progress: Progress, step: Tasks): boolean => openTasks(progress, step).length === 0;
