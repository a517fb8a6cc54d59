import fs from 'node:fs';
import type { Verdict } from '../../checks/verdict';
import { err } from '../../lib/terminal';
import { UserError } from '../../lib/user-error';
import { findStep, type Step } from '../../steps/layers';
import { hasMyApp, myApp } from '../../workshop/my-app';
import { notePassed } from '../../workshop/note-passed';
import { progressPath, readProgress } from '../../workshop/progress';
import type { Guide } from '../guide';
import { html } from '../view';
import { placeOf, stepView } from './page';

/** Milliseconds within which changes become one update. */
const TOGETHER = 30;

/** The current step; undefined while none is begun. */
function inProgress(): Step | undefined {
  const { step } = readProgress();
  return hasMyApp() && step !== undefined ? findStep(String(step)) : undefined;
}

/** Runs the checks of a step, and of the steps before it, on my-app/ now. @returns undefined when a save began another round,
 * or tenant.yaml has mistakes.
 * @throws UserError when it is not the current step, or there is no my-app/. */
export async function checkNow(guide: Guide, step: Step): Promise<Verdict | undefined> {
  const current = inProgress();
  if (current?.number !== step.number)
    throw new UserError(
      current
        ? `my-app is at step ${current.id}. The checks of step ${step.id} at the shell: npm run check ${step.number}`
        : 'There is no my-app yet. Start the step first.',
    );
  // Every save counts, also while no page was open.
  return guide.checks.run(step, myApp(), ['tenant.yaml'], { earlier: true });
}

export interface Live {
  /** Follows the learner to another step; does nothing when the step has not changed. */
  look(): Promise<void>;
  saved(files: readonly string[]): void;
  close(): Promise<void>;
}

/** Sends the results of checks to the open pages, and runs the first round when a page is open.
 * @param follow called whenever the learner moved to another step, by a page or by a command at the shell. */
export function connectChecks(guide: Omit<Guide, 'moved'>, follow: () => Promise<void>): Live {
  const { checks, hub } = guide;
  let timer: NodeJS.Timeout | undefined;
  const send = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      const { step } = checks;
      if (step === undefined || hub.pages === 0) return;
      const view = stepView(guide, step);
      const isSettled = !view.tasks.some(({ state }) => state === 'checking');
      hub.publish('tasks', {
        step: step.name,
        html: html('task-list', view),
        tasks: view.tasks.map((task) => ({
          id: task.id,
          html: html('task-state', { ...view, task }),
          verdict: html('task-verdict', { ...view, task }),
          // Where its lines are now; too slow for each check.
          place: isSettled ? placeHtml(step, task.id) : undefined,
        })),
        refusal: html('refusal', view),
        actions: html('step-actions', view),
        count: view.count,
      });
    }, TOGETHER);
  };
  checks.on('change', send);
  checks.on('round', (verdict) => void notePassed(verdict).then(send));
  const run = (files: readonly string[] = []) => {
    const step = inProgress();
    if (step) void checks.run(step, myApp(), files).catch(failed);
  };
  /** Saves while no page listened, e.g. between a button and its page; at first, everything. */
  let unseen: Set<string> | undefined = new Set();
  hub.onPage(() => {
    send();
    if (unseen) run([...unseen]);
    unseen = undefined;
  });
  let at = readProgress().step;
  const look = async () => {
    const { step } = readProgress();
    if (step === at) return send();
    at = step;
    await follow();
    hub.publish('moved', { step: step === undefined ? undefined : findStep(String(step)).name });
    run();
  };
  // A command at the shell can move the learner too.
  const poll = () => void look().catch(failed);
  // Polled: watches miss a file that is replaced twice at once, or does not exist yet.
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

function placeHtml(step: Step, id: string): string | undefined {
  const task = step.tasks.find((one) => one.id === id);
  return task && html('task-place', { task, place: placeOf(step, task) });
}
