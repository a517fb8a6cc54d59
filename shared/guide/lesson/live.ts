import fs from 'node:fs';
import { err } from '../../lib/terminal';
import { UserError } from '../../lib/user-error';
import { findStep, type Step } from '../../steps/layers';
import { hasMyApp, myApp } from '../../workshop/my-app';
import { notePassed } from '../../workshop/note-passed';
import { progressPath, readProgress } from '../../workshop/progress';
import type { Guide } from '../guide';
import { html } from '../view';
import { stepView } from './page';

/** Milliseconds within which changes of a page become one. */
const TOGETHER = 30;

/** The step in progress; undefined while none is begun. */
function inProgress(): Step | undefined {
  const { step } = readProgress();
  return hasMyApp() && step !== undefined ? findStep(String(step)) : undefined;
}

/**
 * Makes the checks of a step on my-app/ now.
 *
 * @throws UserError when it is not the step in progress.
 */
export async function checkNow(guide: Guide, step: Step): Promise<void> {
  const current = inProgress();
  if (current?.number !== step.number)
    throw new UserError(
      current
        ? `my-app is at step ${current.id}. The checks of step ${step.id} at the shell: npm run check ${step.number}`
        : 'There is no my-app yet. Start the step first.',
    );
  // Whatever was saved is looked at, also while no page was open.
  await guide.checks.run(step, myApp(), ['tenant.yaml']);
}

/** What the checks and the learner's progress mean to the rest of the guide. */
export interface Live {
  /** Looks where the learner is now, and follows; does nothing of that when it was looked already. */
  look(): Promise<void>;
  saved(files: readonly string[]): void;
  close(): Promise<void>;
}

/**
 * Tells the open pages what the checks find, and makes the first round once a page is open.
 *
 * @param follow called each time the learner is at another step, by a page or by a command at the shell.
 */
export function connectChecks(guide: Omit<Guide, 'moved'>, follow: () => Promise<void>): Live {
  const { checks, hub } = guide;
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      const { step } = checks;
      if (step === undefined || hub.pages === 0) return;
      const view = stepView(guide, step);
      hub.publish('tasks', {
        step: step.name,
        html: html('task-list', view),
        tasks: view.tasks.map((task) => ({ id: task.id, html: html('task-state', { ...view, task }) })),
        actions: html('step-actions', view),
        count: view.count,
      });
    }, TOGETHER);
  };
  checks.on('change', tell);
  checks.on('round', (_step, results) => void notePassed(results).then(tell));
  const run = (files: readonly string[] = []) => {
    const step = inProgress();
    if (step) void checks.run(step, myApp(), files).catch(failed);
  };
  /** Saved while no page listened, as between a button and the page that it leads to; at first, everything. */
  let unseen: Set<string> | undefined = new Set();
  hub.onPage(() => {
    tell();
    if (unseen) run([...unseen]);
    unseen = undefined;
  });
  let at = readProgress().step;
  const look = async () => {
    const { step } = readProgress();
    if (step === at) return tell();
    at = step;
    await follow();
    hub.publish('moved', { step: step === undefined ? undefined : findStep(String(step)).name });
    run();
  };
  // A command at the shell moves the learner too.
  const poll = () => void look().catch(failed);
  // Asked for, not waited for: a file that is replaced twice in a moment, or is not there yet, no watch reports reliably.
  const file = progressPath();
  fs.watchFile(file, { interval: 250, persistent: false }, poll);
  return {
    look,
    saved: (files) => {
      if (hub.pages > 0) return run(files);
      unseen = new Set([...(unseen ?? []), ...files]);
    },
    close: async () => {
      clearTimeout(timer);
      fs.unwatchFile(file, poll);
    },
  };
}

const failed = (error: Error) => err(`guide   | ${error.stack}\n`);
