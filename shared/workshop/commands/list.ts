import type { Command } from 'commander';
import { out, outJson } from '../../lib/terminal';
import { listSteps } from '../../steps/layers';
import { isDone, isTaskDone, isWrong, readProgress } from '../progress';

export function addList(program: Command): void {
  program
    .command('list')
    .description('lists the steps with their minutes and tasks, and what is done')
    .option('--json', 'print the list as JSON')
    .action(({ json }: { json?: boolean }) => {
      const progress = readProgress();
      const steps = listSteps().map((step) => ({
        step: step.number,
        title: step.title,
        minutes: step.minutes,
        begun: (progress.step ?? 0) >= step.number,
        caughtUp: progress.caughtUp.includes(step.number),
        done: isDone(progress, step),
        tasks: step.tasks.map(({ id, title, file }) => ({
          id,
          title,
          file,
          done: isTaskDone(progress, step, id),
          wrong: isWrong(progress, id),
        })),
      }));
      if (json) return outJson(steps);
      const box = (done: boolean) => (done ? 'x' : ' ');
      for (const { step, title, minutes, caughtUp, done, tasks } of steps) {
        const notes = [caughtUp ? 'caught up' : '', progress.step === step ? '<- my-app' : ''];
        const here = notes
          .filter(Boolean)
          .map((note) => `   ${note}`)
          .join('');
        out(`[${box(done)}] ${String(step).padStart(2, '0')}  ${title}, ${minutes} minutes${here}\n`);
        for (const task of tasks)
          out(
            `      [${box(task.done)}] ${task.id}  ${task.title}  (${task.file})${task.wrong ? '   the last check failed' : ''}\n`,
          );
      }
      const all = steps.reduce((sum, { minutes }) => sum + minutes, 0);
      const allDone = steps.every(({ done, tasks }) => done && !tasks.some(({ wrong }) => wrong));
      out(`${all} minutes in all. ${allDone ? 'All is done.' : next(progress.step)}\n`);
    });
}

const next = (step: number | undefined) =>
  step === undefined ? 'Begin with: npm run workshop start' : 'Continue with: npm run check';
