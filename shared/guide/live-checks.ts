import { EventEmitter } from 'node:events';
import type { Check } from '../checks';
import type { Trace } from '../checks/check-trace';
import type { Loop } from '../checks/loop';
import { type CheckResult, isRight, type Verdict } from '../checks/verdict';
import type { Finding } from '../lib/finding';
import { UserError } from '../lib/user-error';
import type { Step } from '../steps/layers';
import { stepOf } from '../workshop/earlier-steps';
import { changesTenant } from '../workshop/saves';

/** A task's state by the checks of this session. */
export interface TaskState {
  id: string;
  /** Skipped: none of its checks applies. */
  state: 'unknown' | 'running' | 'passed' | 'failed' | 'skipped';
  failed: CheckResult[];
}

interface Events {
  change: [];
  /** A check has ended. Emitted before `change`. */
  checked: [Step, CheckResult, Trace];
  round: [Verdict];
}

/** The checks of the current step, repeated at each save. */
export class LiveChecks extends EventEmitter<Events> {
  #step: Step | undefined;
  #loop: Loop | undefined;
  #folder = '';
  #results = new Map<string, CheckResult>();
  /** The last results of the steps before. */
  #earlier = new Map<string, CheckResult>();
  #pending = new Set<string>();
  #refused: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** Why no check can run: tenant.yaml has mistakes. */
  get refused(): string | undefined {
    return this.#refused;
  }
  /** Why no check of the app can run: it did not start in the last round. */
  get trouble(): Finding | undefined {
    return this.#refused === undefined ? this.#loop?.trouble : undefined;
  }
  get step(): Step | undefined {
    return this.#step;
  }

  /** The last results of the steps before; empty while they were not checked. */
  get earlier(): readonly CheckResult[] {
    return [...this.#earlier.values()];
  }

  /** @param step nothing is known of another step than the one that is checked. */
  tasks(step: Step): TaskState[] {
    const mine = this.#loop?.step.number === step.number;
    const checks: readonly Check[] = mine ? (this.#loop?.checks ?? []) : [];
    return step.tasks.map(({ id }) => {
      const own = checks.filter(({ task }) => task === id);
      const results = own.flatMap((one) => this.#results.get(one.id) ?? []);
      const failed = results.filter((one) => !isRight(one));
      const waits = own.some((one) => this.#pending.has(one.id));
      const ended =
        failed.length > 0 ? 'failed' : results.some(({ passed }) => passed) ? 'passed' : 'skipped';
      const isKnown = failed.length > 0 || (own.length > 0 && results.length === own.length);
      const state = waits ? 'running' : isKnown ? ended : 'unknown';
      return { id, state, failed: waits ? [] : failed };
    });
  }

  /**
   * Runs the checks of a step on an app, and keeps to that step. A running round is cancelled.
   *
   * @param files that were saved.
   * @param options `earlier`: also the checks of the steps before. They run in any case until they pass, once one of them has failed.
   * @returns undefined when the round was cancelled, or could not begin: see `refused`.
   */
  async run(
    step: Step,
    folder: string,
    files: readonly string[] = [],
    { earlier = false } = {},
  ): Promise<Verdict | undefined> {
    const before = this.#turn;
    const opened = before.catch(() => {}).then(() => this.#open(step, folder));
    this.#turn = opened;
    const loop = await opened;
    if (!loop) return undefined;
    this.#pending = new Set(loop.checks.map(({ id }) => id));
    this.#refused = undefined;
    this.emit('change');
    const found = new Map<string, CheckResult>();
    let verdict: Verdict | undefined;
    try {
      const checks = await loop.run(
        {
          earlier: earlier || this.earlier.some((one) => !isRight(one)),
          onResult: (result, trace) => this.#add(loop, result, trace),
          onEarlier: (result, trace) => {
            if (loop !== this.#loop) return;
            this.emit('checked', stepOf(result) ?? step, result, trace);
            found.set(result.id, result);
          },
        },
        { changed: changesTenant(files) },
      );
      if (!checks || loop !== this.#loop) return undefined;
      this.#earlier = found;
      verdict = { checks, earlier: this.earlier };
      this.emit('round', verdict);
    } catch (error) {
      if (loop !== this.#loop) return undefined;
      this.#pending.clear();
      if (!(error instanceof UserError)) throw error;
      // What was found before says nothing about these files.
      this.#results.clear();
      this.#earlier.clear();
      this.#refused = error.message;
    }
    this.emit('change');
    return verdict;
  }

  async close(): Promise<void> {
    await this.#turn.catch(() => {});
    await this.#loop?.close();
    this.#loop = undefined;
  }

  async #open(step: Step, folder: string): Promise<Loop | undefined> {
    const known = this.#loop;
    if (known?.step.number === step.number && this.#folder === folder) return known;
    this.#loop = undefined;
    this.#step = step;
    await known?.close();
    // Loaded at the first check.
    const { Loop } = require('../checks/loop') as typeof import('../checks/loop');
    const loop = new Loop(step, folder, { types: true });
    this.#results = new Map();
    this.#earlier = new Map();
    try {
      await loop.open();
    } catch (error) {
      await loop.close();
      if (!(error instanceof UserError)) throw error;
      this.#refused = error.message;
      this.emit('change');
      return undefined;
    }
    this.#loop = loop;
    this.#folder = folder;
    return loop;
  }

  #add(loop: Loop, result: CheckResult, trace: Trace): void {
    if (loop !== this.#loop) return;
    this.emit('checked', loop.step, result, trace);
    this.#results.set(result.id, result);
    this.#pending.delete(result.id);
    this.emit('change');
  }
}
