import type { Command } from 'commander';
import { out, outJson } from '../../lib/terminal';
import type { Step } from '../../steps/layers';
import { nextHint } from '../help';
import { isTaskDone, readProgress } from '../progress';
import { afterStep } from '../report';
import { doneStep, findTask } from '../tasks';

export function addHint(program: Command): void {
  program
    .command('hint')
    .description('prints the hints for a task: one hint the first time, then one more each time, up to three')
    .argument('[task]', 'a task, e.g. 2.1 (default: the current task of the last check)')
    .option('--json', 'print the hints as JSON')
    .action((wanted: string | undefined, { json }: { json?: boolean }) => {
      const progress = readProgress();
      const done = wanted === undefined ? doneStep(progress) : undefined;
      if (done) return reportDone(done, json);
      const { step, task } = findTask(wanted, progress);
      const level = nextHint(task);
      const hints = task.hints.slice(0, level);
      if (json) return outJson({ task: task.id, file: task.file, level, hints });
      out(`${task.id} ${task.title}, in my-app/${task.file}\n`);
      hints.forEach((hint, i) => {
        out(`  ${i + 1}. ${hint}\n`);
      });
      out(
        level < task.hints.length
          ? `One more: npm run hint ${task.id}\n`
          : `That was the last. The lesson has more (steps/${step.name}/README.md); the lines themselves: npm run workshop solution ${task.id}\n`,
      );
    });
}

/** There is nothing to help with, unless the learner names a task. */
function reportDone(step: Step, json: boolean | undefined): void {
  if (json) {
    outJson({ step: step.number, done: true });
    return;
  }
  const open = step.tasks.find(({ id, optional }) => optional && !isTaskDone(readProgress(), step, id));
  out(
    `All tasks of step ${step.id} are done. ${afterStep(step)}\n${
      open ? `Optional: ${open.id} ${open.title}. A hint: npm run hint ${open.id}\n` : ''
    }`,
  );
}
