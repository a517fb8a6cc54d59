import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { listChecks } from '../../shared/checks/run';
import { ROOT, type Step, workFolder } from '../../shared/steps/layers';
import { Lane } from '../support/lane';
import { MUTANT, type Mutation } from '../support/mutant';
import { type Mutant, writeMutant } from './mutants';

/** What notices a mutant. */
export type Caught =
  /** A check; the tenant's own refusal of its file stands for all checks. */
  | { check: string }
  /** A test of test/app: its file and its full title. */
  | { spec: string; title: string };

/** The specs of the app that run the app in their own process, where it can be another one. */
export const SPECS: readonly string[] = [
  'test/app/hardening.spec.ts',
  'test/app/edges.spec.ts',
  'test/app/errors.spec.ts',
  'test/app/later-wish.spec.ts',
  'test/app/return-to.spec.ts',
];

/** The id under which a tenant's refusal is noted. */
export const REFUSED = 'tenant.yaml';

/** Runs the checks of one step against mutants, one after another, while tenant and API stay up. */
export class MutantLane {
  readonly #lane: Lane;
  readonly #checks: { id: string; task: string }[];

  constructor(
    readonly step: Step,
    name: string,
  ) {
    this.#lane = new Lane(step, name);
    this.#checks = listChecks(step);
  }

  /**
   * @param first checks that run before all others.
   * @returns what notices the mutant: a check of its task, else one of the step.
   */
  async caught(mutant: Mutant, first: readonly string[] = []): Promise<Caught | undefined> {
    const ofTask = this.#checks.flatMap(({ id, task }) => (task === mutant.task ? [id] : []));
    const others = this.#checks.map(({ id }) => id).filter((id) => !ofTask.includes(id));
    for (const only of [first, ofTask, others]) {
      if (only.length === 0) continue;
      const found = await this.#failing(only, (target) => writeMutant(mutant, target));
      if (found) return found;
    }
    return undefined;
  }

  close(): Promise<void> {
    return this.#lane.close();
  }

  async #failing(only: readonly string[], make: (target: string) => void): Promise<Caught | undefined> {
    const { checks, refused } = await this.#lane.check({ make, only, bail: true });
    if (refused !== undefined) return { check: REFUSED };
    const failed = checks.find(({ passed, notApplicable }) => !passed && notApplicable === undefined);
    return failed && { check: failed.id };
  }
}

interface Reported {
  failures: { fullTitle: string; file: string }[];
}

/**
 * Runs specs of the app against a mutant, until the first test that fails.
 *
 * @param grep a title; all tests without it.
 */
export async function caughtBySpecs(
  { step, file, text }: Mutant,
  specs: readonly string[] = SPECS,
  grep?: string,
): Promise<Caught | undefined> {
  const named = path.join(workFolder(), `mutant-${process.pid}-${Date.now()}.json`);
  fs.mkdirSync(workFolder(), { recursive: true });
  fs.writeFileSync(named, JSON.stringify({ step, file, text } satisfies Mutation));
  try {
    const report = await mocha(named, [
      ...(grep === undefined ? [] : ['--fgrep', grep]),
      ...specs.flatMap((spec) => ['--spec', spec]),
    ]);
    const [failed] = report.failures;
    if (!failed) return undefined;
    const spec = path.relative(ROOT, failed.file).split(path.sep).join('/');
    return {
      spec,
      title: failed.fullTitle.replace(/"(before|after) (all|each)" hook.*? (for|in) "(.*)"$/, '$4'),
    };
  } finally {
    fs.rmSync(named, { force: true });
  }
}

function mocha(mutant: string, args: readonly string[]): Promise<Reported> {
  const report = `${mutant}.report`;
  const bin = require.resolve('mocha/bin/mocha.js');
  const how = ['--bail', '--reporter', 'json', '--reporter-option', `output=${report}`];
  const child = spawn(process.execPath, [bin, ...how, ...args], {
    cwd: ROOT,
    env: { ...process.env, [MUTANT]: mutant },
    stdio: 'ignore',
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      try {
        resolve(JSON.parse(fs.readFileSync(report, 'utf8')));
      } catch (error) {
        reject(new Error(`the specs of the app ended without a report: ${(error as Error).message}`));
      } finally {
        fs.rmSync(report, { force: true });
      }
    });
  });
}
