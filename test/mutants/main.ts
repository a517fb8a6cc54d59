import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { commandLine } from '../../shared/lib/command-line';
import { REGISTER } from '../../shared/lib/places';
import { EXIT, runMain, UserError } from '../../shared/lib/user-error';
import { findStep, listSteps, ROOT, type Step } from '../../shared/steps/layers';
import { mutantsOf } from './mutants';
import { writeResult } from './result';
import { typedPairs } from './typed-pairs';
import type { Caught } from './verdicts';
import type { Report } from './worker';

interface Options {
  step?: string;
  jobs: string;
}

/** `npm run workshop dev mutate`: every mutant of the finished lines, and what notices it. */
runMain(async () => {
  const { step: wanted, jobs } = commandLine('npm run workshop dev mutate --')
    .description('Changes each finished line in eight ways, and shows which changes no check notices.')
    .option('--step <step>', 'only this step')
    .option('--jobs <n>', 'how many run at the same time', String(os.availableParallelism()))
    .parse()
    .opts<Options>();
  const count = Number(jobs);
  if (!Number.isInteger(count) || count < 1)
    throw new UserError(`--jobs takes a number from 1 on, not "${jobs}".`);
  for (const step of wanted === undefined ? listSteps() : [findStep(wanted)]) await mutate(step, count);
});

async function mutate(step: Step, jobs: number): Promise<void> {
  const { pairs, remove } = typedPairs(step);
  const mutants = mutantsOf(step, pairs);
  const names = new Set(mutants.map(({ id }) => id));
  const equivalent = new Set(step.equivalent.map(({ mutant }) => mutant));
  const unknown = [...equivalent].filter((id) => !names.has(id));
  const caught = new Map<string, Caught>();
  const workers = Array.from({ length: jobs }, (_, i) =>
    work(step, i, jobs, ({ mutant, caught: by }) => {
      process.stdout.write(`${by ? 'ok    ' : 'not ok'}  ${mutant}${by ? `  (${nameOf(by)})` : ''}\n`);
      if (by) caught.set(mutant, by);
    }),
  );
  await Promise.all(workers);
  const inOrder = mutants.flatMap(({ id }): [string, Caught][] => {
    const by = caught.get(id);
    return by ? [[id, by]] : [];
  });
  writeResult(step, Object.fromEntries(inOrder), pairs);
  remove();
  const undecided = mutants.filter(({ id }) => !caught.has(id) && !equivalent.has(id));
  const bySpec = inOrder.filter(([, by]) => 'spec' in by).length;
  process.stdout.write(
    `step ${step.id}: ${mutants.length} mutants, ${caught.size - bySpec} noticed by a check, ${bySpec} by a spec, ${equivalent.size} equivalent, ${undecided.length} undecided\n`,
  );
  for (const { id } of undecided) process.stdout.write(`  undecided: ${id}\n`);
  for (const id of unknown) process.stdout.write(`  step.yaml names a mutant that does not exist: ${id}\n`);
  if (undecided.length > 0 || unknown.length > 0) process.exitCode = EXIT.notRightYet;
}

const nameOf = (by: Caught) => ('check' in by ? by.check : `${by.spec}: ${by.title}`);

function work(step: Step, i: number, n: number, onReport: (report: Report) => void): Promise<void> {
  const args = ['-r', REGISTER, path.join(__dirname, 'worker.ts'), step.id, String(i), String(n)];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.on('message', (report) => onReport(report as Report));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new UserError(`A worker for step ${step.id} ended with ${code}.`)),
    );
  });
}
