import path from 'node:path';
import type { Verdict } from '../checks/verdict';
import type { Choice } from '../lib/merge';
import { UserError } from '../lib/user-error';
import { findStep, listSteps, readApp, type Step } from '../steps/layers';
import { filesOf } from './agents-file';
import { type Change, changeMyApp } from './change';
import { type Copy, findCopy, listCopies, nextUndo } from './copies';
import { whyNotDone } from './earlier-steps';
import { filesIn } from './files';
import { alone } from './lock';
import { type Conflict, type MergeResult, mergeStarter, replaceBy } from './merge-starter';
import { hasMyApp, myApp } from './my-app';
import { notePassed } from './note-passed';
import { isDone, type Progress, readProgress } from './progress';

export interface Moved {
  step: Step | undefined;
  copy: Copy;
  merge?: MergeResult;
}

/** Asks the learner which lines to use where both changed something. */
export type Ask = (conflict: Conflict) => Promise<Choice>;

/** Merges the starter of a step into my-app/. @throws UserError when that step, or a later one, was begun before. */
export function startStep(to: Step, ask: Ask): Promise<Moved> {
  return alone(async () => {
    const progress = readProgress();
    const from = hasMyApp() ? progress.step : undefined;
    if (from === to.number)
      throw new UserError(
        `Step ${to.id} is begun already: go on in my-app. To begin it again: npm run workshop reset`,
      );
    if (from !== undefined && from > to.number)
      throw new UserError(
        `my-app is at step ${from}. To go back to the beginning of step ${to.id}: npm run workshop reset ${to.number}`,
      );
    const way = wayTo(to, progress);
    // The learner may take an hour to answer, so the plan is made again afterwards.
    const choices = new Map<string, Choice>();
    for (const conflict of mergeStarter(way, () => 'both').asked)
      choices.set(conflict.file, await ask(conflict));
    let merge: MergeResult | undefined;
    const copy = changeMyApp(`start ${to.number}`, () => {
      merge = mergeStarter(way, ({ file }) => {
        const choice = choices.get(file);
        if (choice === undefined)
          throw new UserError(
            `my-app/${file} was saved meanwhile. Nothing was changed: run the command again.`,
          );
        return choice;
      });
      return { change: merge.change, progress: (before) => ({ ...before, step: to.number }) };
    });
    return { step: to, copy, ...(merge === undefined ? {} : { merge }) };
  });
}

function wayTo(to: Step, progress: Progress) {
  const from = hasMyApp() ? progress.step : undefined;
  return { from, to: to.number, done: from === undefined || isDone(progress, findStep(String(from))) };
}

/** The conflicts about which `startStep` would ask. */
export function conflictsOf(to: Step): Conflict[] {
  return mergeStarter(wayTo(to, readProgress()), () => 'both').asked;
}

/** Runs the checks of a step and of all steps before it on my-app/. */
export type CheckMyApp = (step: Step) => Promise<Verdict>;

/**
 * @param check looks at the app as it is now: what passed earlier may have broken.
 * @throws UserError unless the checks of this step and of all steps before it pass.
 */
export async function nextStep(ask: Ask, check: CheckMyApp): Promise<Moved> {
  const progress = readProgress();
  if (progress.step === undefined) return startStep(findStep('1'), ask);
  const step = findStep(String(progress.step));
  if (!hasMyApp()) throw new UserError('There is no my-app yet. Begin it with: npm run workshop start');
  const verdict = await check(step);
  await notePassed(verdict);
  const reason = whyNotDone(step, verdict);
  if (reason !== undefined) throw new UserError(reason, 1);
  const next = listSteps().find(({ number }) => number === step.number + 1);
  if (!next)
    throw new UserError(
      `Step ${step.id} is the last one, and it is done. Your app as a project of its own: npm run workshop export ../my-own-app`,
      0,
    );
  return startStep(next, ask);
}

/** Replaces everything in my-app/ by the starter of a step, except installed packages. */
export function startFresh(step: Step): Promise<Moved> {
  return replace(`start ${step.number} --fresh`, step, filesOf(step.number, { starter: true }), {
    everything: true,
    progress: begunAgain(step),
  });
}

/** Replaces the lesson's files by the starter of a step; the learner's own files remain. */
export function resetStep(step: Step): Promise<Moved> {
  return replace(`reset ${step.number}`, step, filesOf(step.number, { starter: true }), {
    progress: begunAgain(step),
  });
}

/** Replaces the lesson's files by the finished app of a step. */
export function catchUp(step: Step): Promise<Moved> {
  return replace(`catch-up ${step.number}`, step, filesOf(step.number), {
    progress: (before) => ({
      ...before,
      step: step.number,
      caughtUp: listSteps().flatMap(({ number }) => (number <= step.number ? [number] : [])),
    }),
  });
}

/** Restores an earlier state of my-app/, after a copy of the present one.
 * @param id the copy; by default the newest that was not restored yet. */
export function undo(id?: number): Promise<Moved & { restored: Copy }> {
  return alone(async () => {
    const restored = id === undefined ? nextUndo(readProgress()) : findCopy(id);
    if (!restored)
      throw new UserError(
        listCopies().length === 0
          ? 'There is nothing to undo: no command has changed my-app yet.'
          : 'There is nothing more to undo: my-app is as it was before the first command. To list all copies: npm run workshop undo -- --list',
      );
    const copy = changeMyApp(
      id === undefined ? 'undo' : `undo ${id}`,
      () => ({
        change: backTo(restored),
        progress: (before) => {
          const { step: _, ...others } = before;
          const { step, passed, caughtUp } = restored;
          return { ...others, ...(step === undefined ? {} : { step }), passed, caughtUp };
        },
      }),
      restored.id,
    );
    const step = restored.step === undefined ? undefined : findStep(String(restored.step));
    return { step, copy, restored };
  });
}

function backTo(restored: Copy): Change {
  const write: Change['write'] = new Map();
  for (const { file } of filesIn(restored.folder))
    write.set(file, { from: path.join(restored.folder, file) });
  for (const [file, link] of Object.entries(restored.links)) write.set(file, { link });
  return {
    write,
    remove: filesIn(myApp())
      .map(({ file }) => file)
      .filter((file) => !write.has(file)),
  };
}

function begunAgain(step: Step) {
  const own = new Set(step.tasks.map(({ id }) => id));
  const others = (times: Record<string, string>) =>
    Object.fromEntries(Object.entries(times).filter(([id]) => !own.has(id)));
  return (before: Progress): Progress => ({
    ...before,
    step: step.number,
    passed: others(before.passed),
    begun: others(before.begun),
    caughtUp: before.caughtUp.filter((number) => number < step.number),
  });
}

function replace(
  command: string,
  step: Step,
  app: Map<string, string>,
  { everything = false, progress }: { everything?: boolean; progress: (before: Progress) => Progress },
): Promise<Moved> {
  return alone(async () => ({
    step,
    copy: changeMyApp(command, () => {
      const lessons = readApp(listSteps().length).keys();
      const others = everything ? filesIn(myApp()).map(({ file }) => file) : [];
      return { change: replaceBy(app, lessons, others), progress };
    }),
  }));
}
