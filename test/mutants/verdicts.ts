import { listChecks } from '../../shared/checks/run';
import { UserError } from '../../shared/lib/user-error';
import { materialise, type Step } from '../../shared/steps/layers';
import { Lane } from '../support/lane';
import { type Mutant, writeMutant } from './mutants';
import { type Failed, SpecLane } from './spec-lane';

/** What notices a mutant. */
export type Caught =
  /** A check; the tenant's own refusal of its file stands for all checks. */
  { check: string } | Failed;

/** The specs that run the app, or its API, in their own process, where it can be another one: by the files that they look at, the quick ones first. */
const SPECS: { specs: readonly string[]; lookAt: (mutant: Mutant) => boolean }[] = [
  { specs: ['api/appointments', 'api/validation'], lookAt: ({ file }) => isApi(file) },
  { specs: ['app/tenant-file'], lookAt: ({ file }) => file === 'tenant.yaml' },
  { specs: ['app/roles'], lookAt: ({ step, file }) => step === 5 && isCode(file) },
  {
    specs: ['scopes', 'refresh', 'edges', 'errors', 'slow-stores', 'hardening'].map((one) => `app/${one}`),
    lookAt: ({ step, file }) => step <= 4 && isCode(file),
  },
  {
    specs: ['encryption', 'refresh-lock', 'settings', 'open-store'].map((one) => `stores/${one}`),
    lookAt: ({ step }) => step === 7,
  },
  { specs: ['app/later-wish', 'app/return-to'], lookAt: ({ file }) => isCode(file) && !isApi(file) },
];

/** An Action runs at the tenant. */
const isCode = (file: string) => /\.(ts|pug)$/.test(file);
const isApi = (file: string) => file.startsWith('api/');

const specsFor = (mutant: Mutant): string[] =>
  SPECS.flatMap(({ specs, lookAt }) => (lookAt(mutant) ? specs : [])).map((one) => `test/${one}.spec.ts`);

/** The id under which a tenant's refusal is noted. */
export const REFUSED = 'tenant.yaml';

/** Tries mutants of one step, one after another: against its checks, while tenant and API remain up, and against the specs of the app. */
export class MutantLane {
  readonly #lane: Lane;
  readonly #specs = new SpecLane();
  readonly #checks: { id: string; task: string }[];

  constructor(
    readonly step: Step,
    name: string,
  ) {
    this.#lane = new Lane(step, name);
    this.#checks = listChecks(step);
  }

  /** @throws UserError when the finished app itself fails a check: then no mutant proves anything. */
  async passUnchanged(): Promise<void> {
    const { checks, refused } = await this.#lane.check({ make: (to) => materialise(this.step.number, to) });
    const failed = checks.filter(({ passed, notApplicable }) => !passed && notApplicable === undefined);
    if (refused === undefined && checks.length > 0 && failed.length === 0) return;
    const why = refused ?? `it fails ${failed.map(({ id }) => id).join(', ')}`;
    throw new UserError(
      `The finished app of step ${this.step.id} does not pass its checks: ${why}.\nRun npm run workshop -- dev check --step ${this.step.number} first.`,
    );
  }

  /** Whether what noticed a mutant before notices it again. */
  async again(mutant: Mutant, last: Caught): Promise<boolean> {
    if ('spec' in last) return (await this.#specs.failing(mutant, [last.spec], last.title)) !== undefined;
    return (await this.#failing(mutant, last.check === REFUSED ? [] : [last.check])) !== undefined;
  }

  /**
   * @param last what noticed the mutant before: it is asked first.
   * @returns what notices the mutant: a check of its task, else one of the step, else a spec of the app.
   */
  async caught(mutant: Mutant, last?: Caught): Promise<Caught | undefined> {
    const isOfTask = ({ task }: { task: string }) => task === mutant.task;
    if (last && (await this.again(mutant, last))) return last;
    for (const some of [this.#checks.filter(isOfTask), this.#checks.filter((one) => !isOfTask(one))]) {
      const found = await this.#confirmed(
        mutant,
        some.map(({ id }) => id),
      );
      if (found) return found;
    }
    for (const spec of specsFor(mutant)) {
      const found = await this.#specs.failing(mutant, [spec]);
      if (found && (await this.again(mutant, found))) return found;
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#specs.close();
    await this.#lane.close();
  }

  /** The first check that fails, and fails again when it runs alone: on a busy machine one may fail by chance. */
  async #confirmed(mutant: Mutant, only: readonly string[]): Promise<Caught | undefined> {
    let rest = [...only];
    while (rest.length > 0) {
      const found = await this.#failing(mutant, rest);
      if (!found || found.check === REFUSED || (await this.again(mutant, found))) return found;
      rest = rest.slice(rest.indexOf(found.check) + 1);
    }
    return undefined;
  }

  async #failing(mutant: Mutant, only: readonly string[]): Promise<{ check: string } | undefined> {
    const make = (target: string) => writeMutant(mutant, target);
    const { checks, refused } = await this.#lane.check({ make, only, bail: true });
    if (refused !== undefined) return { check: REFUSED };
    const failed = checks.find(({ passed, notApplicable }) => !passed && notApplicable === undefined);
    return failed && { check: failed.id };
  }
}
