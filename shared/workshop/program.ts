import type { Command } from 'commander';
import { commandLine } from '../lib/command-line';
import { addCheck } from './commands/check';
import { addDev } from './commands/dev';
import { addDiff } from './commands/diff';
import { addDoctor } from './commands/doctor';
import { addExport } from './commands/export';
import { addFaults } from './commands/faults';
import { addFlow } from './commands/flow';
import { addHint } from './commands/hint';
import { addList } from './commands/list';
import { addMoves } from './commands/move';
import { addSolution } from './commands/solution';
import { addStatus } from './commands/status';
import { addTimes } from './commands/times';
import { addWatch } from './commands/watch';
import { reportInterrupted } from './interrupted';

/** `npm run workshop <command>`: all commands of learners, instructors and authors. */
export async function runWorkshop(): Promise<void> {
  await workshopCommands().parseAsync();
}

export function workshopCommands(): Command {
  const program = commandLine('npm run workshop --').description(
    'Call Your API, at the shell. Exit code 0: done, 1: a check failed, 2: wrong usage, 3: the workshop itself failed.',
  );
  // Each command loads its modules when it runs: `list` needs no authorization server.
  for (const add of [
    addList,
    addStatus,
    addTimes,
    addMoves,
    addCheck,
    addWatch,
    addHint,
    addSolution,
    addDiff,
    addFlow,
    addDoctor,
    addFaults,
    addExport,
    addDev,
  ])
    add(program);
  program.hook('preAction', (_, action) => reportInterrupted(action.name()));
  return program;
}
