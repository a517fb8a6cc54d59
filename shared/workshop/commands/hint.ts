import type { Command } from 'commander';
import { out, outJson } from '../../lib/terminal';
import { nextHint } from '../help';
import { readProgress } from '../progress';
import { findTask } from '../tasks';

export function addHint(program: Command): void {
  program
    .command('hint')
    .description('prints a hint for a task: the first of three, then one more each time')
    .argument('[task]', 'a task, e.g. 2.1 (default: the one at which the last check stopped)')
    .option('--json', 'print the hints as JSON')
    .action((wanted: string | undefined, { json }: { json?: boolean }) => {
      const { step, task } = findTask(wanted, readProgress());
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
