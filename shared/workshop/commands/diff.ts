import type { Command } from 'commander';
import { createTwoFilesPatch } from 'diff';
import { EXIT, UserError } from '../../party/user-error';
import { findStep, readApp } from '../../steps/layers';
import { filesIn, textOf } from '../files';
import { hasMyApp, MY_APP } from '../my-app';
import { readProgress } from '../progress';

interface Side {
  name: string;
  files: Map<string, string>;
}

/** `diff`: between two finished steps, or the learner's app against a finished one. */
export function addDiff(program: Command): void {
  program
    .command('diff')
    .description('shows what differs: my-app from the finished step, or one finished step from another')
    .argument('[from]', 'a step; alone: my-app is compared with it (default: the step in progress)')
    .argument('[to]', 'a second step')
    .option('--json', 'print the patches as JSON')
    .action((from: string | undefined, to: string | undefined, { json }: { json?: boolean }) => {
      const [left, right] = sides(from, to);
      const names = [...new Set([...left.files.keys(), ...right.files.keys()])].sort();
      const patches = names.flatMap((file) => {
        const [before = '', after = ''] = [left.files.get(file), right.files.get(file)];
        if (before === after) return [];
        return [
          {
            file,
            patch: createTwoFilesPatch(
              `${left.name}/${file}`,
              `${right.name}/${file}`,
              before,
              after,
              undefined,
              undefined,
              { context: 3 },
            ),
          },
        ];
      });
      if (json) process.stdout.write(`${JSON.stringify(patches)}\n`);
      else if (patches.length === 0) process.stdout.write(`${left.name} and ${right.name} are the same.\n`);
      else for (const { patch } of patches) process.stdout.write(painted(patch));
    });
}

function sides(from: string | undefined, to: string | undefined): [Side, Side] {
  if (from !== undefined && to !== undefined) return [finished(from), finished(to)];
  if (!hasMyApp())
    throw new UserError(
      'There is no my-app yet: npm run workshop start makes it. Two steps are compared with: npm run workshop diff 1 2',
      EXIT.usedWrongly,
    );
  const goal = finished(from ?? String(readProgress().step ?? 1));
  // What the learner has beside the lesson's files is theirs alone.
  const own = filesIn(MY_APP).filter(({ file }) => goal.files.has(file));
  const texts = own.map(({ file }) => [file, (textOf(MY_APP, file) ?? '').replaceAll('\r\n', '\n')] as const);
  return [{ name: 'my-app', files: new Map(texts) }, goal];
}

function finished(wanted: string): Side {
  const step = findStep(wanted);
  return { name: `step-${step.id}`, files: readApp(step.number) };
}

/** Colours for people; a pipe or NO_COLOR gets the plain patch. */
function painted(patch: string): string {
  const text = patch.replace(/^=+\n/, '');
  if (!process.stdout.isTTY || process.env.NO_COLOR) return text;
  const paint = (line: string) => {
    if (/^(\+\+\+|---)/.test(line)) return `\u001b[1m${line}\u001b[0m`;
    const colour = ({ '+': 32, '-': 31, '@': 36 } as Record<string, number>)[line[0] ?? ''];
    return colour === undefined ? line : `\u001b[${colour}m${line}\u001b[0m`;
  };
  return text.split('\n').map(paint).join('\n');
}
