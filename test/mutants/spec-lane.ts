import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { REGISTER, ROOT } from '../../shared/lib/places';
import type { Mutation } from '../support/mutant';
import type { Mutant } from './mutants';

/** A test of test/app: its file and its full title. */
export interface Failed {
  spec: string;
  title: string;
}

/** What the process that runs specs is asked for. */
export interface Ask {
  /** The changed file of the app; the app as it is without it. */
  mutation?: Mutation;
  specs: readonly string[];
  /** A part of a test's full title; all tests without it. */
  title?: string | undefined;
}

/** What it answers: the first test that failed. */
export interface Answer {
  failed: Failed | undefined;
  /** How many tests ran. */
  ran: number;
  message: string;
}

/** Runs specs of the app against mutants, one after another, in one process that keeps all packages loaded. */
export class SpecLane {
  #child: ChildProcess | undefined;
  readonly #passed = new Set<string>();

  /**
   * Runs the specs until the first test that fails.
   *
   * @returns nothing when no test fails, or none has the title.
   * @throws Error when they fail for the app as it is.
   */
  async failing(mutant: Mutant, specs: readonly string[], title?: string): Promise<Failed | undefined> {
    if (!(await this.#passUnchanged(specs, title))) return undefined;
    const { step, file, text } = mutant;
    return (await this.#ask({ mutation: { step, file, text }, specs, title })).failed;
  }

  close(): void {
    this.#child?.kill();
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const child = fork(path.join(__dirname, 'spec-runner.ts'), {
      cwd: ROOT,
      execArgv: ['-r', REGISTER],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // What a mutant leaves behind may end the process later: the next one gets another.
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
    return child;
  }

  /** Whether there are such tests at all. */
  async #passUnchanged(specs: readonly string[], title: string | undefined): Promise<boolean> {
    const key = [...specs, title].join('\n');
    if (this.#passed.has(key)) return true;
    const { failed, ran, message } = await this.#ask({ specs, title });
    if (failed) throw new Error(`${failed.spec} fails for the app as it is: ${failed.title}: ${message}`);
    if (ran > 0) this.#passed.add(key);
    return ran > 0;
  }

  async #ask(ask: Ask, again = true): Promise<Answer> {
    const child = this.#child ?? this.#start();
    child.send(ask);
    const ended = new AbortController();
    const { signal } = ended;
    const answer = await Promise.race([
      once(child, 'message', { signal }).then(([words]) => words as Answer),
      once(child, 'exit', { signal }).then(() => undefined),
    ]).finally(() => ended.abort());
    if (answer) return answer;
    if (again) return this.#ask(ask, false);
    throw new Error(`the process that runs ${ask.specs.join(', ')} ended`);
  }
}
