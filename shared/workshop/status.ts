import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { attempt } from '../lib/attempt';
import { listSteps } from '../steps/layers';
import { isTaskDone, openTasks, type Progress, progressFile } from './progress';

export interface Status {
  /** The learner's folder, as it was named. */
  folder: string;
  problem?: string;
  step?: number;
  title?: string;
  /** How many tasks of the step are done, and how many there are, without optional ones. */
  done?: number;
  of?: number;
  /** The current task, and since when, in ISO 8601. */
  inHand?: { task: string; title: string; since?: string | undefined };
  /** How many hints were shown, by task. */
  hints?: Record<string, number>;
  solutions?: string[];
  /** Steps whose finished app was put in place. */
  caughtUp?: number[];
  /** The first finding of the last check. */
  found?: { check: string; diagnosis: string; cause: string };
  /** A command that was killed while it changed the app. */
  interrupted?: string;
}

/** The name of the folder beside my-app/ when no other is known. */
const STATE_FOLDER = '.my-app';

/** Reads the progress of learners, and writes nothing. An unreadable one does not affect the others.
 * @param folder a checkout, its my-app folder, its progress folder, or a folder of checkouts. */
export function statusOf(folder: string): Status[] {
  try {
    const own = progressIn(folder);
    if (own !== undefined) return [read(folder, own)];
    const beside = progressBeside(folder);
    if (beside !== undefined) return [read(path.join(folder, '..'), beside)];
    const inside = fs
      .readdirSync(folder)
      .sort()
      .flatMap((name) => {
        const below = path.join(folder, name);
        const file = attempt(() => progressIn(below));
        return file === undefined ? [] : [read(below, file)];
      });
    return inside.length > 0 ? inside : [{ folder, problem: NOT_BEGUN }];
  } catch (error) {
    return [{ folder, problem: unreadable(error) }];
  }
}

/** The progress file of a checkout; undefined when it has none. */
export function progressIn(folder: string): string | undefined {
  const places = [path.join(folder, STATE_FOLDER, 'progress.yaml'), path.join(folder, 'progress.yaml')];
  return places.find((file) => fs.existsSync(file));
}

/** The progress file of a my-app folder; undefined for another folder. */
function progressBeside(folder: string): string | undefined {
  const { dir, base } = path.parse(path.resolve(folder));
  const file = path.join(dir, `.${base}`, 'progress.yaml');
  return fs.existsSync(file) ? file : undefined;
}

function read(folder: string, file: string): Status {
  const found = readOther(file);
  return { folder, ...('problem' in found ? found : described(found.progress)) };
}

/** The progress of another learner, or why it cannot be used, in words. Writes nothing. */
export function readOther(file: string): { progress: Progress } | { problem: string } {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    return { problem: unreadable(error) };
  }
  const progress = progressFile.safeParse(attempt(() => parse(text) as unknown));
  if (progress.success) return { progress: progress.data };
  const newer = progress.error.issues.every(({ code }) => code === 'unrecognized_keys');
  return { problem: newer ? 'a newer version of the workshop wrote its progress file' : DAMAGED };
}

export const NOT_BEGUN = 'no step was started here';
const DAMAGED = 'its progress file is damaged; the next command in that folder renames it';

const WHY = new Map([
  ['ENOENT', 'there is no such folder'],
  ['ENOTDIR', 'this is a file, not a folder'],
  ['EISDIR', 'its progress.yaml is a folder instead of a file; rename or remove the folder'],
  ['EACCES', 'you have no permission to read it'],
  ['EPERM', 'you have no permission to read it'],
]);

function unreadable(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return WHY.get(code) ?? `it cannot be read: ${message}`;
}

function described(progress: Progress): Omit<Status, 'folder'> {
  const { hints, solutions, caughtUp, lastCheck, unfinished } = progress;
  const step = listSteps().find(({ number }) => number === progress.step);
  const rest = {
    hints,
    solutions,
    caughtUp,
    ...(lastCheck?.found ? { found: lastCheck.found } : {}),
    ...(unfinished ? { interrupted: unfinished.command } : {}),
  };
  if (progress.step === undefined) return { problem: NOT_BEGUN };
  if (!step)
    return {
      ...rest,
      step: progress.step,
      problem: `this version of the workshop has no step ${progress.step}`,
    };
  const open = openTasks(progress, step);
  const required = step.tasks.filter(({ optional }) => !optional);
  const current = progress.inHand ?? open[0];
  // An earlier step may have broken.
  const task = listSteps()
    .filter(({ number }) => number <= step.number)
    .flatMap(({ tasks }) => tasks)
    .find(({ id }) => id === current);
  return {
    step: step.number,
    title: step.title,
    done: required.filter(({ id }) => isTaskDone(progress, step, id)).length,
    of: required.length,
    ...(task ? { inHand: { task: task.id, title: task.title, since: progress.since } } : {}),
    ...rest,
  };
}
