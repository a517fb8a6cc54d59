import fs from 'node:fs';
import path from 'node:path';
import { STEP_OF_API } from '../../shared/app-runner/own-api';
import { packagesOf, processesOf } from '../../shared/app-runner/prewarm';
import type { AppHost } from '../../shared/app-runner/prewarmed-process';
import { API_FOLDER } from '../../shared/app-runner/types';
import type { Trace } from '../../shared/checks/check-trace';
import type { Deadlines } from '../../shared/checks/deadlines';
import { Loop } from '../../shared/checks/loop';
import { type CheckResult, runChecks } from '../../shared/checks/run';
import { UserError } from '../../shared/lib/user-error';
import { type Step, workFolder } from '../../shared/steps/layers';
import { Residents } from './resident';

/** An app to check, and how. */
export interface Proof {
  /** Writes the app into a folder that does not exist yet. */
  make(target: string): void;
  /** The ids of the checks that run; without it all do. */
  only?: readonly string[];
  /** Whether the first check that fails is the last one that runs. Default: false. */
  bail?: boolean;
  /** Whether the checks of the steps before run too, and stand in the verdict. Default: false. */
  earlier?: boolean;
  /** Settings of the app that differ. */
  env?: Record<string, string> | undefined;
  /** Whether the type checker looks at the app's files when a check fails. */
  types?: boolean;
}

/** The results of an app's checks; `refused` is the tenant's own word that its file cannot be used. */
export interface Verdict {
  checks: readonly CheckResult[];
  refused?: string;
}

/**
 * Checks app after app of one step as `npm run workshop watch` does: tenant and API remain up. Unlike there, apps take turns in one process, which
 * keeps the packages loaded, as long as each leaves it as it was. So a verdict costs a tenth of what it costs from nothing.
 */
export class Lane {
  /** Where the app that is checked lies. */
  readonly folder: string;
  #loop: Loop | undefined;
  #resident: Residents | undefined;

  constructor(
    readonly step: Step,
    name: string,
    readonly deadlines?: Deadlines,
    /** Stands between the checks and the process of the apps. */
    readonly between: (host: AppHost) => AppHost = (host) => host,
  ) {
    this.folder = path.join(workFolder(), `${name}-${step.id}-${process.pid}`);
  }

  /** @param onResult receives each result with the messages of its check. */
  async check(
    { make, only, env, types, bail, earlier = false }: Proof,
    onResult?: (result: CheckResult, trace: Trace) => void,
  ): Promise<Verdict> {
    const next = `${this.folder}-next`;
    make(next);
    mirror(next, this.folder);
    fs.rmSync(next, { recursive: true, force: true });
    try {
      const loop = this.#loop ?? (await this.#open());
      const before: CheckResult[] = [];
      const onEarlier = (result: CheckResult) => before.push(result);
      const options = { only, bail, earlier, appEnv: env, types, onResult, onEarlier };
      const checks = await loop.run(options, { changed: true });
      if (!checks) throw new Error('the round was broken off');
      return { checks: [...before, ...checks] };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { checks: [], refused: error.message };
    }
  }

  /** Processes of apps that were started. */
  get processes(): number {
    return this.#resident?.seen.started ?? 0;
  }

  /** What apps left behind, so that the next one got another process. */
  get left(): readonly string[] {
    return this.#resident?.seen.left ?? [];
  }

  /** The same in processes that are not prewarmed, with a tenant of its own. Ends what remains up: the checks of a step are loaded once. */
  async checkCold({ make, only, env, types }: Proof): Promise<Verdict> {
    await this.close();
    const target = `${this.folder}-cold`;
    make(target);
    try {
      const subject = { step: this.step.number, appFolder: target, appEnv: env, types };
      return { checks: (await runChecks(subject, { only, prewarmed: 'none' })).checks };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { checks: [], refused: error.message };
    } finally {
      fs.rmSync(target, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    const loop = this.#loop;
    this.#loop = undefined;
    await loop?.close();
    this.#resident?.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  async #open(): Promise<Loop> {
    // The checks of step 06 start the learner's API first, and the app only where one needs it.
    const { number } = this.step;
    const program = number === STEP_OF_API ? path.join(this.folder, API_FOLDER) : this.folder;
    this.#resident = new Residents(processesOf(number), program, packagesOf(number, program));
    const loop = new Loop(this.step, this.folder, {
      newPorts: true,
      host: this.between(this.#resident),
      deadlines: this.deadlines,
    });
    try {
      await loop.open();
    } catch (error) {
      await loop.close();
      throw error;
    }
    this.#loop = loop;
    return loop;
  }
}

/** Makes a folder hold what another one holds. The folder itself remains, since a process that waits is in it; so do the files that are the same. */
function mirror(from: string, to: string): void {
  fs.mkdirSync(to, { recursive: true });
  const wanted = new Set(filesIn(from));
  for (const file of filesIn(to)) if (!wanted.has(file)) fs.rmSync(path.join(to, file));
  for (const file of wanted) {
    const [source, target] = [path.join(from, file), path.join(to, file)];
    const text = fs.readFileSync(source);
    if (fs.existsSync(target) && fs.readFileSync(target).equals(text)) continue;
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  }
}

const filesIn = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
