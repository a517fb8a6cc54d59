import { spawn } from 'node:child_process';
import path from 'node:path';
import { REGISTER } from '../../shared/lib/places';
import { ROOT } from '../../shared/steps/layers';
import { temporaryFolder } from '../support/workshop';
import { median } from './numbers';
import type { Sizes } from './sizes';

export interface StartBench {
  /** Seconds from the command to the table that says all parties are up; wanted: at most 1.3. */
  start: number;
  /** Seconds of one step's checks, cold; wanted: below 3. */
  checks: Record<string, number>;
}

/** How long a learner waits. */
export async function benchStart({
  rounds,
  checks: runsOfChecks,
  steps,
}: Sizes['start']): Promise<StartBench> {
  const { folder, remove } = temporaryFolder();
  try {
    const ports = [
      '--guide-port',
      '0',
      '--app-port',
      '0',
      '--tenant-port',
      '0',
      '--api-port',
      '0',
      '--env',
      path.join(folder, '.env'),
    ];
    const starts: number[] = [];
    for (let i = 0; i < rounds; i++) starts.push(await seconds(['shared/guide/main.ts', ...ports], /Ctrl-C/));
    const checks: Record<string, number> = {};
    for (const step of steps.map(String)) {
      const runs: number[] = [];
      for (let i = 0; i < runsOfChecks; i++)
        runs.push(await seconds(['shared/workshop/main.ts', 'check', step], /checks of step/));
      checks[step] = median(runs);
    }
    return { start: median(starts), checks };
  } finally {
    remove();
  }
}

/** Seconds until a command has printed something; then it is ended. */
function seconds(args: string[], until: RegExp): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-r', REGISTER, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += text;
    });
    let took: number | undefined;
    child.stdout.on('data', (text) => {
      out += text;
      if (took === undefined && until.test(out)) {
        took = (performance.now() - start) / 1000;
        child.kill('SIGTERM');
      }
    });
    child.once('exit', () =>
      took === undefined
        ? reject(new Error(`${args.join(' ')} ended early: ${out}${errors}`))
        : resolve(took),
    );
  });
}

export function describeStart({ start, checks }: StartBench): string[] {
  return [
    `npm start until all parties are up: ${start.toFixed(2)} s  (wanted: at most 1.3)`,
    ...Object.entries(checks).map(
      ([step, s]) => `the checks of step ${step}, cold: ${s.toFixed(2)} s  (wanted: 3)`,
    ),
  ];
}
