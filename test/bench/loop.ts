import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { REGISTER } from '../../shared/lib/places';
import { findStep, materialise, ROOT, workFolder } from '../../shared/steps/layers';
import { appFolders } from '../support/check';
import { command } from '../support/command';
import { median } from './numbers';
import type { Sizes } from './sizes';

/** Times that a check is run until it passes. */
const TRIES = 5;

export interface LoopBench {
  /**
   * By step: seconds of a cold check until the verdict of the step, and their ratio to the sum of the three starts; wanted: at most 1.0. `whole`
   * are the seconds until the checks of the steps before are done too.
   */
  cold: { step: number; seconds: number; ratio: number; whole: number }[];
  /** Seconds: a bare mocha with one empty spec, the app, the tenant, each from its command to its end or readiness. */
  parts: { mocha: number; app: number; tenant: number };
  /** Milliseconds from a save to the verdict, as `watch` prints it; wanted: at most 150, median. */
  saves: { median: number; p95: number; all: number[] };
}

/** How long a learner waits for a check, cold and at each save. */
export async function benchLoop({
  rounds,
  steps,
  step: own,
  saves,
  pause,
}: Sizes['loop']): Promise<LoopBench> {
  const folders = appFolders();
  try {
    const apps = new Map(steps.map((step) => [step, folders.make(step)]));
    const folder = folders.make(own);
    const parts = { mocha: [] as number[], app: [] as number[], tenant: [] as number[] };
    const cold = new Map(
      steps.map((step) => [
        step,
        { seconds: [] as number[], ratios: [] as number[], wholes: [] as number[] },
      ]),
    );
    for (let i = 0; i < rounds; i++) {
      for (const [step, checked] of apps) {
        // Neighbours in time: the machine's own ups and downs meet both.
        const mocha = await bareMocha();
        const app = await appStart(folder);
        const tenant = await tenantStart(folder);
        const { verdict: seconds, whole } = await coldCheck(step, checked);
        parts.mocha.push(mocha);
        parts.app.push(app);
        parts.tenant.push(tenant);
        cold.get(step)?.seconds.push(seconds);
        cold.get(step)?.ratios.push(seconds / (mocha + app + tenant));
        cold.get(step)?.wholes.push(whole);
      }
    }
    const all = await savesToVerdict(own, folder, { saves, pause });
    const sorted = [...all].sort((a, b) => a - b);
    return {
      cold: [...cold].map(([step, { seconds, ratios, wholes }]) => ({
        step,
        seconds: median(seconds),
        ratio: median(ratios),
        whole: median(wholes),
      })),
      parts: { mocha: median(parts.mocha), app: median(parts.app), tenant: median(parts.tenant) },
      saves: { median: median(all), p95: sorted[Math.ceil(0.95 * sorted.length) - 1] ?? Number.NaN, all },
    };
  } finally {
    folders.remove();
  }
}

async function bareMocha(): Promise<number> {
  const folder = fs.mkdtempSync(path.join(workFolder(), 'empty-'));
  const spec = path.join(folder, 'empty.spec.ts');
  fs.writeFileSync(spec, "it('is empty', () => {});\n");
  try {
    const mocha = path.join(ROOT, 'node_modules/mocha/bin/mocha.js');
    return await ended([mocha, '--no-config', '-r', 'ts-node/register', '--extension', 'ts', '--spec', spec]);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function ended(args: string[]): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with exit code ${code}`);
  return (performance.now() - start) / 1000;
}

/** As a learner starts it, until it says where it is. */
async function appStart(folder: string): Promise<number> {
  const env = {
    PORT: '0',
    BASE_URL: 'http://localhost:3000',
    ISSUER_BASE_URL: 'http://localhost:4001/',
    CLIENT_ID: 'a',
    CLIENT_SECRET: 'b',
    AUDIENCE: 'c',
    API_URL: 'http://localhost:4002',
    SESSION_SECRET: 'x'.repeat(32),
  };
  const start = performance.now();
  const child = spawn(process.execPath, ['-r', 'ts-node/register', 'server.ts'], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    let output = '';
    for await (const text of child.stderr) {
      output += text;
      if (/The app is at/.test(output)) return (performance.now() - start) / 1000;
    }
    throw new Error(`the app did not start: ${output}`);
  } finally {
    child.kill('SIGKILL');
  }
}

async function tenantStart(folder: string): Promise<number> {
  const start = performance.now();
  const data = fs.mkdtempSync(path.join(workFolder(), 'tenant-'));
  const args = ['--config', path.join(folder, 'tenant.yaml'), '--port', '0', '--data', data];
  const tenant = command('shared/workshop/tenant.ts', args);
  try {
    await tenant.ready();
    return (performance.now() - start) / 1000;
  } finally {
    await tenant.stop('SIGKILL');
    fs.rmSync(data, { recursive: true, force: true });
  }
}

/** Checks have limits of time: on a busy machine a finished app may miss one, and then the check is run again. */
async function coldCheck(step: number, folder: string): Promise<Cold> {
  for (let i = 1; ; i++)
    try {
      return await timedCheck(step, folder);
    } catch (error) {
      if (i === TRIES) throw error;
    }
}

/** Seconds until a cold check prints the verdict of its step, and until it has ended: the checks of the steps before come after the verdict. */
interface Cold {
  verdict: number;
  whole: number;
}

async function timedCheck(step: number, folder: string): Promise<Cold> {
  const args = ['-r', REGISTER, 'shared/workshop/main.ts', 'check', String(step), '--app', folder];
  const start = performance.now();
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  let output = '';
  let verdict: number | undefined;
  for await (const text of child.stdout) {
    output += text;
    if (verdict === undefined && /checks of step/.test(output)) verdict = (performance.now() - start) / 1000;
  }
  const [code] = await ended;
  if (code !== 0 || verdict === undefined)
    throw new Error(`check ${step} ended with exit code ${code}: ${output}`);
  return { verdict, whole: (performance.now() - start) / 1000 };
}

/** Saves one file again and again, each time with a new comment, as soon as the round before is over and the next process had time to load. */
async function savesToVerdict(
  step: number,
  folder: string,
  { saves, pause }: Pick<Sizes['loop'], 'saves' | 'pause'>,
): Promise<number[]> {
  materialise(step, folder);
  const watch = command('shared/workshop/main.ts', ['watch', String(step), '--app', folder]);
  const passed = `checks of step ${findStep(String(step)).id} passed`;
  const verdicts = () =>
    [...watch.stdout().matchAll(/, (\d+) ms after the save/g)].map(([, ms]) => Number(ms));
  const rounds = () => watch.stdout().split(passed).length - 1;
  const over = async (count: number) => {
    while (rounds() < count) {
      if (watch.child.exitCode !== null) throw new Error(`watch ended: ${watch.stdout()}${watch.stderr()}`);
      await Promise.race([once(watch.child.stdout ?? watch.child, 'data'), watch.ended]);
    }
  };
  try {
    await over(1);
    for (let i = 1; i <= saves; i++) {
      await delay(pause);
      fs.appendFileSync(path.join(folder, 'routes.ts'), `// ${i}\n`);
      await over(i + 1);
    }
    return verdicts();
  } finally {
    await watch.stop('SIGINT');
  }
}

export function describeLoop({ cold, parts, saves }: LoopBench): string[] {
  const s = (value: number) => `${value.toFixed(2)} s`;
  return [
    `a bare mocha ${s(parts.mocha)}, the app's start ${s(parts.app)}, the tenant's start ${s(parts.tenant)}`,
    ...cold.map(
      ({ step, seconds, ratio, whole }) =>
        `check ${step}, cold: ${s(seconds)} to the verdict, ${ratio.toFixed(2)} times their sum  (wanted: at most 1.0); ${s(whole)} with the steps before`,
    ),
    `from save to verdict, ${saves.all.length} saves: median ${saves.median} ms, p95 ${saves.p95} ms  (wanted: at most 150)`,
  ];
}
