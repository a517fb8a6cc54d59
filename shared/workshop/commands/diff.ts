import type { Command } from 'commander';
import { commandContext } from '../../lib/command-context';
import { printableLines } from '../../lib/printable';
import { out, outJson } from '../../lib/terminal';
import { differences } from '../differences';

/** `diff`: compares two finished steps, or the learner's app with a finished one. */
export function addDiff(program: Command): void {
  program
    .command('diff')
    .description('shows the differences between my-app and a finished step, or between two finished steps')
    .argument('[from]', 'a step; with one step only, compares my-app with it (default: the step in progress)')
    .argument('[to]', 'a second step')
    .option('--json', 'print the patches as JSON')
    .action((from: string | undefined, to: string | undefined, { json }: { json?: boolean }) => {
      const { names, found } = differences(from, to);
      if (json) outJson(found);
      else if (found.length === 0) out(`${names.join(' and ')} are the same.\n`);
      else for (const { patch } of found) commandContext().stdout.write(painted(printableLines(patch)));
    });
}

/** Colours for a terminal; a pipe or NO_COLOR gets the plain patch. */
function painted(patch: string): string {
  const { stdout, env } = commandContext();
  if (!stdout.isTTY || env.NO_COLOR) return patch;
  const paint = (line: string) => {
    if (/^(\+\+\+|---)/.test(line)) return `\u001b[1m${line}\u001b[0m`;
    const colour = ({ '+': 32, '-': 31, '@': 36 } as Record<string, number>)[line[0] ?? ''];
    return colour === undefined ? line : `\u001b[${colour}m${line}\u001b[0m`;
  };
  return patch.split('\n').map(paint).join('\n');
}
