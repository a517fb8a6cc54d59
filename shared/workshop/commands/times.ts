import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { commandContext } from '../../lib/command-context';
import { out, outJson } from '../../lib/terminal';
import { EXIT, UserError } from '../../lib/user-error';
import { listSteps } from '../../steps/layers';
import { type Progress, readProgress } from '../progress';

interface Flags {
  json?: boolean;
}

/** `times`: when the learner began each task and when it turned green; of several learners, how long they took. */
export function addTimes(program: Command): void {
  program
    .command('times')
    .description(
      'prints when each task was begun and when it passed; with FILES, prints how long several learners took',
    )
    .argument('[files...]', 'progress files of learners (.my-app/progress.yaml), or their checkouts')
    .option('--json', 'print the status as JSON')
    .action((files: string[], flags: Flags) => {
      if (files.length === 0) own(flags);
      else merged(files, flags);
    });
}

function own({ json }: Flags) {
  const { taskTimes } = require('../task-times') as typeof import('../task-times');
  const { minutesOf, minutesOfStep } = require('../merge-times') as typeof import('../merge-times');
  const times = taskTimes(readProgress());
  if (json) return outJson(times);
  const begun = listSteps().filter(({ number }) =>
    times.some((one) => one.step === number && (one.begun ?? one.green) !== undefined),
  );
  if (begun.length === 0) return out('No task was begun yet. To begin: npm run workshop start\n');
  for (const step of begun) {
    out(`${step.id}  ${step.title}${inMinutes(minutesOfStep(times, step), ', ')}\n`);
    for (const one of times.filter(({ step: number }) => number === step.number)) {
      const { lines } = one.unfolded;
      const opened = lines === 0 ? '' : '  lines unfolded';
      out(
        `    ${one.task}  begun ${at(one.begun)}  green ${at(one.green)}${inMinutes(minutesOf(one), '  ')}${opened}\n`,
      );
    }
  }
}

function merged(files: readonly string[], { json }: Flags) {
  const { mergeTimes } = require('../merge-times') as typeof import('../merge-times');
  const all = read(files);
  const took = mergeTimes(all, listSteps());
  if (json) return outJson({ learners: all.length, took });
  out(`${all.length} ${all.length === 1 ? 'learner' : 'learners'}; minutes, median and 80th percentile\n`);
  for (const { id, title, learners, median, p80 } of took) {
    const place = /\./.test(id) ? `    ${id}` : id;
    const figures =
      median === undefined || p80 === undefined
        ? 'no times'
        : `${median.toFixed(1).padStart(6)} ${p80.toFixed(1).padStart(6)}  of ${learners}`;
    out(`${`${place}  ${title}`.padEnd(50)} ${figures}\n`);
  }
}

/** @throws UserError naming each file that cannot be used, and why. */
function read(files: readonly string[]): Progress[] {
  const { progressIn, readOther } = require('../status') as typeof import('../status');
  const { env, cwd } = commandContext();
  const problems: string[] = [];
  const seen = new Set<string>();
  const all = files.flatMap((name) => {
    // npm runs a script in the package's folder; INIT_CWD is where it was called.
    const place = path.resolve(env.INIT_CWD ?? cwd, name);
    const isFolder = fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
    const file = isFolder ? progressIn(place) : place;
    if (file !== undefined && seen.has(file)) problems.push(`${name}: it is listed twice`);
    if (file === undefined) problems.push(`${name}: no step was started here`);
    if (file === undefined || seen.has(file)) return [];
    seen.add(file);
    const found = readOther(file);
    if ('progress' in found) return [found.progress];
    problems.push(`${name}: ${isFolder ? found.problem : found.problem.replace('folder', 'file')}`);
    return [];
  });
  if (problems.length > 0)
    throw new UserError(
      `Nothing was merged. Fix these files, or leave them out:\n${problems.map((one) => `  ${one}`).join('\n')}`,
      EXIT.usedWrongly,
    );
  return all;
}

/** Date and time here, to the minute. */
function at(iso: string | undefined): string {
  const time = new Date(iso ?? '');
  if (Number.isNaN(time.getTime())) return '—'.padEnd(16);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

const inMinutes = (minutes: number | undefined, before: string) =>
  minutes === undefined ? '' : `${before}${minutes.toFixed(1)} min`;
