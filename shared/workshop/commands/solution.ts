import readline from 'node:readline/promises';
import type { Command } from 'commander';
import { commandContext } from '../../lib/command-context';
import { out, outJson } from '../../lib/terminal';
import { UserError } from '../../lib/user-error';
import { type OpenExercise, outdent } from '../exercises';
import { showSolution } from '../help';
import { readProgress } from '../progress';
import { findTask } from '../tasks';

export function addSolution(program: Command): void {
  program
    .command('solution')
    .description(
      'shows the finished lines of a task beside your lines; if its check has not passed yet, asks for a confirmation',
    )
    .argument('[task]', 'a task, e.g. 2.1 (default: the first that is not done)')
    .option('-y, --yes', 'shows the lines without a confirmation')
    .option('--json', 'print both as JSON')
    .action(async (wanted: string | undefined, flags: { yes?: boolean; json?: boolean }) => {
      const progress = readProgress();
      const { step, task } = findTask(wanted, progress);
      if (progress.passed[task.id] === undefined && !flags.yes) await mayShow(task.id);
      const exercises = showSolution(step, task);
      if (flags.json) return outJson({ task: task.id, file: task.file, holes: exercises });
      const files = [...new Set(exercises.map(({ file }) => file))];
      const places = (files.length > 0 ? files : [task.file]).map((file) => `my-app/${file}`);
      out(`${task.id} ${task.title}, in ${places.join(' and ')}\n\n`);
      if (task.optional)
        out('The finished app does not have this optional task. Its lines are in the lesson.\n');
      for (const [i, exercise] of exercises.entries()) {
        if (files.length > 1 && exercise.file !== exercises[i - 1]?.file) out(`my-app/${exercise.file}\n`);
        out(`${shown(exercise, commandContext().stdout.columns ?? 80)}\n`);
      }
    });
}

async function mayShow(task: string): Promise<void> {
  const hint = `For a hint instead: npm run hint ${task}`;
  const { stdin, stdout } = commandContext();
  if (!stdin.isTTY)
    throw new UserError(
      `Task ${task} has not passed its checks yet. To see its finished lines all the same: npm run workshop solution ${task} -- --yes. ${hint}`,
    );
  const at = readline.createInterface({ input: stdin, output: stdout });
  try {
    const answer = await at.question(
      `Task ${task} has not passed its checks yet. ${hint}\nShow the finished lines? [y/N] `,
    );
    if (!/^y/i.test(answer.trim())) throw new UserError('Not shown.', 1);
  } finally {
    at.close();
  }
}

/** Side by side if both fit, otherwise one below the other. */
function shown({ finished, mine }: OpenExercise, columns: number): string {
  const [left, right] = [outdent(finished), outdent(mine)];
  const width = Math.max('finished'.length, ...left.map((line) => line.length));
  const needed = width + 3 + Math.max(0, ...right.map((line) => line.length));
  if (needed > columns)
    return `finished:\n${indent(left)}\nyours:\n${right.length > 0 ? indent(right) : '  (nothing)\n'}`;
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    `${(left[i] ?? '').padEnd(width)} | ${right[i] ?? ''}`.trimEnd(),
  );
  return `${'finished'.padEnd(width)} | yours\n${'-'.repeat(width)}-+-${'-'.repeat(5)}\n${rows.join('\n')}\n`;
}

const indent = (lines: string[]) => lines.map((line) => `  ${line}\n`).join('');
