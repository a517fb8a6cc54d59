import path from 'node:path';
import readline from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { prewarmForChecks } from '../../app-runner/prewarm';
import type { Verdict } from '../../checks/verdict';
import { commandContext } from '../../lib/command-context';
import type { Choice } from '../../lib/merge';
import { out, outJson } from '../../lib/terminal';
import { UserError } from '../../lib/user-error';
import { findStep, listSteps, ROOT, type Step } from '../../steps/layers';
import { type Copy, listCopies } from '../copies';
import { named } from '../earlier-steps';
import { filesIn } from '../files';
import type { Conflict } from '../merge-starter';
import { type Ask, catchUp, type Moved, nextStep, resetStep, startFresh, startStep, undo } from '../moves';
import { myApp } from '../my-app';
import { isDone, readProgress } from '../progress';
import { ProgressLine } from '../report';

const shown = () => path.relative(ROOT, myApp()) || myApp();

interface Flags {
  fresh?: boolean;
  conflicts?: Choice;
  json?: boolean;
  list?: boolean;
}

/** The commands that change my-app/. Each copies it first. */
export function addMoves(program: Command): void {
  const conflicts = () =>
    new Option(
      '--conflicts <what>',
      'if you and the step changed the same lines: use your lines, the step’s lines, or both with markers',
    ).choices(['mine', 'new', 'both']);

  program
    .command('start')
    .description('merges the starter of a step into my-app, and keeps your changes')
    .argument(
      '[step]',
      'a step: 2, 02 or its name (default: the first step, or the step after one that is done)',
    )
    .option('--fresh', 'replaces everything in my-app instead')
    .addOption(conflicts())
    .option('--json', 'print the result as JSON')
    .action(async (wanted: string | undefined, flags: Flags) => {
      const step = wanted === undefined ? stepToStart() : findStep(wanted);
      report(await (flags.fresh ? startFresh(step) : startStep(step, asking(flags))), flags);
    });
  program
    .command('next')
    .description(
      'runs the checks of this step and the earlier steps on my-app; if all pass, starts the next step',
    )
    .addOption(conflicts())
    .option('--json', 'print the result as JSON')
    .action(async (flags: Flags) => {
      report(await nextStep(asking(flags), checkMyApp), flags);
    });
  program
    .command('reset')
    .description('replaces the lesson’s files with the starter of a step, and keeps your own files')
    .argument('[step]', 'a step (default: the one in progress)')
    .option('--json', 'print the result as JSON')
    .action(async (wanted: string | undefined, flags: Flags) => {
      report(await resetStep(findStep(wanted ?? String(readProgress().step ?? 1))), flags);
    });
  program
    .command('catch-up')
    .description('replaces the lesson’s files with the finished app of a step')
    .argument('[step]', 'a step: 2, 02 or its name (required)')
    .option('--json', 'print the result as JSON')
    .action(async (wanted: string | undefined, flags: Flags) => {
      if (wanted === undefined)
        throw new UserError(
          'Name a step, because its finished app replaces the lesson’s files. For example: npm run workshop catch-up 2. To list the steps: npm run workshop list',
        );
      report(await catchUp(findStep(wanted)), flags);
    });
  program
    .command('undo')
    .description(
      'restores my-app as it was before the last change by a command; run it again to undo the change before that',
    )
    .argument('[copy]', 'the number of a copy; --list shows the numbers')
    .option('--list', 'lists the copies')
    .option('--json', 'print the result as JSON')
    .action(async (id: string | undefined, flags: Flags) => {
      if (flags.list) return listThem(flags);
      if (id !== undefined && !/^\d+$/.test(id))
        throw new UserError(
          `A copy has a number, not "${id}". See them with: npm run workshop undo -- --list`,
        );
      const moved = await undo(id === undefined ? undefined : Number(id));
      if (!flags.json)
        out(`Back to what ${shown()} was before "${moved.restored.before}" (copy ${moved.restored.id}).\n`);
      report(moved, flags);
    });
}

/** The checks of a step and the steps before, on my-app/ as it is now. */
async function checkMyApp(step: Step): Promise<Verdict> {
  const subject = { step: step.number, appFolder: myApp() };
  const line = new ProgressLine();
  line.show(`the checks of ${named(listSteps().slice(0, step.number))}`);
  try {
    const prewarmed = prewarmForChecks(subject);
    const { runChecks } = require('../../checks/run') as typeof import('../../checks/run');
    return await runChecks(subject, { earlier: true, prewarmed });
  } finally {
    line.clear();
  }
}

/** The next step only when this one is done. */
function stepToStart(): Step {
  const progress = readProgress();
  if (progress.step === undefined) return findStep('1');
  const step = findStep(String(progress.step));
  return isDone(progress, step) ? (listSteps()[step.number] ?? step) : step;
}

function listThem({ json }: Flags): void {
  const copies = listCopies();
  if (json) {
    out(
      `${JSON.stringify(copies.map(({ id, at, before, step, folder }) => ({ id, at, before, step, folder })))}\n`,
    );
    return;
  }
  const line = ({ id, at, before, step }: Copy) =>
    `${String(id).padStart(4)}  ${at.slice(0, 16).replace('T', ' ')}  ${(step === undefined ? 'no step' : `step ${step}`).padEnd(8)}  before ${before}\n`;
  out(copies.length === 0 ? 'There are no copies yet.\n' : copies.map(line).join(''));
}

function report({ step, copy, merge }: Moved, { json }: Flags): void {
  const { added = [], replaced = [], merged = [], kept = [], asked = [] } = merge ?? {};
  if (json) {
    const outcome = {
      step: step?.number,
      copy: copy.id,
      added,
      replaced,
      merged,
      kept,
      asked: asked.map(({ file }) => file),
    };
    outJson(outcome);
    return;
  }
  const groups: [string, string[]][] = [
    ['added', added],
    ['updated', replaced],
    ['merged with your changes', merged],
  ];
  for (const [what, files] of groups) if (files.length > 0) out(`${what}: ${files.join(', ')}\n`);
  if (step) {
    out(
      `${shown()} is at step ${step.id}, ${step.title}. The lesson: ${path.relative(ROOT, path.join(step.folder, 'README.md'))}\n`,
    );
  }
  // Before the first step the folder was empty.
  if (filesIn(copy.folder).length > 0)
    out(`Its files from before are copy ${copy.id}. To bring it back: npm run workshop undo ${copy.id}\n`);
  out('Next: npm run check\n');
}

/** At a terminal the learner sees both versions and is asked. Elsewhere --conflicts decides, or nothing changes. */
function asking({ conflicts }: Flags): Ask {
  return async (conflict) => {
    if (conflicts !== undefined) return conflicts;
    const text = both(conflict);
    const { stdin, stdout } = commandContext();
    if (!stdin.isTTY)
      throw new UserError(
        `${text}\nNothing was changed. Choose the lines to use: --conflicts mine, new or both (with markers, for you to fix).`,
      );
    out(`${text}\n`);
    const at = readline.createInterface({ input: stdin, output: stdout });
    try {
      for (;;) {
        const answer = (
          await at.question('Use [m]y lines, the [n]ew lines, or [b]oth with markers? [q] changes nothing: ')
        )
          .trim()
          .toLowerCase();
        const choice = ({ m: 'mine', n: 'new', b: 'both' } as const)[answer[0] ?? ''];
        if (choice) return choice;
        if (answer.startsWith('q')) throw new UserError('Nothing was changed.');
      }
    } finally {
      at.close();
    }
  };
}

function both({ file, regions }: Conflict): string {
  const lines = regions.flatMap(({ mine, theirs }) => [
    '  yours:',
    ...mine.map((line) => `    ${line}`),
    '  the step’s:',
    ...theirs.map((line) => `    ${line}`),
  ]);
  return `${shown()}/${file}: you and the step changed the same lines.\n${lines.join('\n')}`;
}
