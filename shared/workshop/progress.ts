import fs from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { attempt } from '../lib/attempt';
import { renameSync } from '../lib/held';
import { err } from '../lib/terminal';
import { writeWhole } from '../lib/write-whole';
import { layersOf, listSteps } from '../steps/layers';
import { textOf } from './files';
import { myApp, myAppData } from './my-app';

const lastCheck = z.strictObject({
  at: z.string(),
  wrong: z.array(z.string()),
  /** The first thing to do: the check, its diagnosis, and the likely cause. */
  found: z.strictObject({ check: z.string(), diagnosis: z.string(), cause: z.string() }).optional(),
});

export const progressFile = z.strictObject({
  /** The step whose starter was merged last. */
  step: z.int().positive().optional(),
  /** Tasks whose checks have passed, with the time. */
  passed: z.record(z.string(), z.string()).default({}),
  /** Tasks that the learner has begun, with the time: of the step's start for its first task, then of the check that
   * first named the task as the current one. A task that turned green before is not listed. */
  begun: z.record(z.string(), z.string()).default({}),
  /** How often each fold of a lesson was opened in the guide, by its id, e.g. `2.1-lines-1`. */
  unfolded: z.record(z.string(), z.int().positive()).default({}),
  /** The current task by the last check; unknown before one, and after one that passed. */
  inHand: z.string().optional(),
  /** When that task became current, or the step if no task is noted. */
  since: z.string().optional(),
  lastCheck: lastCheck.optional(),
  /** Steps whose finished app was put into my-app/. */
  caughtUp: z.array(z.int()).default([]),
  /** How many hints of a task were shown. */
  hints: z.record(z.string(), z.int().min(0).max(3)).default({}),
  solutions: z.array(z.string()).default([]),
  /** A command that has begun to change my-app/, with the copy from before. Remains when it is killed. */
  unfinished: z.strictObject({ command: z.string(), copy: z.int() }).optional(),
  /** The copy of the last command that ended. */
  finished: z.int().optional(),
});

export type Progress = z.output<typeof progressFile>;

export const progressPath = () => path.join(myAppData(), 'progress.yaml');

const HEAD =
  '# Your progress. The workshop writes this file. The copies of your app are in the same folder.\n';

/** The learner's progress. A damaged file is set aside and rebuilt from my-app/. */
export function readProgress(): Progress {
  const text = textOf(myAppData(), 'progress.yaml');
  if (text === undefined) return progressFile.parse(byFiles());
  return attempt(() => progressFile.parse(parse(text))) ?? rebuild();
}

/** The same for readers: writes nothing, and a damaged file counts as none. */
export const peekProgress = (): Progress | undefined =>
  attempt(() => progressFile.parse(parse(fs.readFileSync(progressPath(), 'utf8'))));

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
  const found = progressFile.parse(byFiles());
  writeProgress(found);
  err(
    `Your progress could not be read: the file was damaged and is stored as ${path.basename(aside)}. ` +
      `By the files in my-app you are at ${found.step === undefined ? 'the beginning' : `step ${found.step}`}; ` +
      'npm run check records again what is done.\n',
  );
  return found;
}

/** The newest step whose new files are all in my-app/. */
function byFiles(): { step?: number | undefined } {
  const reached = listSteps().filter(({ number }) =>
    [...layersOf(number)]
      .filter(([file, layer]) => layer.number === number && !layersOf(number - 1).has(file))
      .every(([file]) => fs.existsSync(path.join(myApp(), file))),
  );
  return { step: reached.at(-1)?.number };
}

interface Tasks {
  number: number;
  tasks: { id: string; optional?: boolean }[];
}

/** Whether a task is done: its checks have passed once, or the finished app, which has all but optional tasks, was put in
 * place and no check failed since. */
export function isTaskDone(progress: Progress, { number, tasks }: Tasks, id: string): boolean {
  if (progress.passed[id] !== undefined) return true;
  const optional = tasks.some((one) => one.id === id && one.optional);
  return !optional && progress.caughtUp.includes(number) && !isWrong(progress, id);
}

export const isWrong = ({ lastCheck: last }: Progress, id: string) => last?.wrong.includes(id) ?? false;

/** The tasks without which the step is not done. */
export const openTasks = (progress: Progress, step: Tasks): string[] =>
  step.tasks.flatMap(({ id, optional = false }) => (optional || isTaskDone(progress, step, id) ? [] : [id]));

export const isDone = (progress: Progress, step: Tasks): boolean => openTasks(progress, step).length === 0;

/** Whether no task of a step failed in the last check. */
export const holds = (progress: Progress, { tasks }: Tasks): boolean =>
  tasks.every(({ id }) => !isWrong(progress, id));
