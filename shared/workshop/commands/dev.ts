import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { commandContext } from '../../lib/command-context';
import { REGISTER } from '../../lib/places';
import { out } from '../../lib/terminal';
import { EXIT, UserError } from '../../lib/user-error';
import { findStep, ROOT } from '../../steps/layers';
import { openLayers } from '../open';
import { overrides } from '../overrides';
import { addBranches } from './dev-branches';

export function addDev(program: Command): Command {
  const dev = program
    .command('dev')
    .description('for authors of steps: check, mutate, corpus, open, branches');
  dev
    .command('check')
    .description(
      'proves the lessons: starters, exercises, finished apps, mistakes, alternative solutions, excerpts, overridden files',
    )
    .option('--step <step>', 'only this step')
    .action(check);
  dev
    .command('open')
    .description('makes a folder of links to the layers’ files, in which the app after a step can be edited')
    .argument('<step>', 'a step: 2, 02 or its name')
    .action((wanted: string) => {
      const step = findStep(wanted);
      const folder = openLayers(step);
      out(
        `${path.relative(ROOT, folder)} is the app after step ${step.id}. Its files are links: your edits change the layer.\n`,
      );
    });
  dev
    .command('mutate')
    .description(
      'changes each finished line in several ways, and shows the changes that no check and no spec notices',
    )
    .option('--step <step>', 'only this step')
    .option('--jobs <n>', 'how many run at the same time (default: one for each processor)')
    .action((options: { step?: string; jobs?: string }) => ofTests('mutants', options));
  dev
    .command('corpus')
    .description(
      'checks the apps of authors who have not read the checks, and compares the findings with the recorded findings',
    )
    .option('--step <step>', 'only this step')
    .option('--app <id>', 'only apps whose name begins with this text, as first-a/step02')
    .option('--write', 'records the current findings')
    .action((options: { step?: string; app?: string; write?: boolean }) => ofTests('corpus', options));
  addBranches(dev);
  return dev;
}

/** Tests of texts, which take seconds; all others run apps. */
const OF_TEXTS =
  /^test.lessons.(lessons|holes|contributing|instructors|troubleshooting|branch-links)\.spec\.ts$/;

/** Reads the texts first, within seconds, and runs the proofs, which take minutes, only if the texts are right. */
async function check({ step: wanted }: { step?: string }): Promise<void> {
  const step = wanted === undefined ? undefined : findStep(wanted);
  const { textProblems } = require('../texts') as typeof import('../texts');
  const wrong = overrides(step?.number);
  const problems = textProblems(step?.number);
  out(wrong.report);
  for (const one of problems) out(`not ok  ${one}\n`);
  const specs = specsOf(step?.id);
  const texts = await mocha(
    specs.filter((file) => OF_TEXTS.test(file)),
    step?.id,
  );
  if (texts !== 0 || wrong.problems > 0 || problems.length > 0) {
    out('The proofs have not run. Fix these texts first.\n');
    commandContext().exitCode = EXIT.notRightYet;
    return;
  }
  const code = await mocha(
    specs.filter((file) => !OF_TEXTS.test(file)),
    step?.id,
    '--parallel',
    '--jobs',
    '3',
  );
  if (code !== 0) commandContext().exitCode = EXIT.notRightYet;
}

/** What needs the tests' own code is a program of theirs: a command starts it, as it starts mocha. */
async function ofTests(
  program: 'mutants' | 'corpus',
  { step, ...others }: { step?: string | undefined; [option: string]: string | boolean | undefined },
): Promise<void> {
  const id = step === undefined ? undefined : findStep(step).id;
  const options = Object.entries({ step: id, ...others }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, ...(typeof value === 'string' ? [value] : [])],
  );
  const main = path.join(ROOT, 'test', program, 'main.ts');
  const code = await node(['-r', REGISTER, main, ...options]);
  if (code !== 0) commandContext().exitCode = code;
}

function specsOf(id: string | undefined): string[] {
  const specs = ['test/proof', 'test/checks', 'test/lessons', 'test/steps'].flatMap((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder))
      .filter((name) => name.endsWith('.spec.ts') && !name.includes('.browser.'))
      .filter((name) => id === undefined || !/-\d\d\.spec/.test(name) || name.includes(`-${id}.spec`))
      .map((name) => path.join(folder, name)),
  );
  if (specs.length === 0) throw new UserError('There are no tests of the lessons.');
  return specs;
}

function mocha(specs: readonly string[], id: string | undefined, ...how: string[]): Promise<number> {
  const bin = require.resolve('mocha/bin/mocha.js');
  const grep = id === undefined ? [] : ['--grep', `step 0?${Number(id)}\\b`];
  return node([bin, ...how, ...grep, '--spec', ...specs]);
}

function node(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
