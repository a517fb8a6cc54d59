import type { Finding } from '../checks/diagnosis';
import type { Check } from '../checks/index';
import type { CheckResult } from '../checks/suite';

/** What the checks of one round have told: the same thing is reported in full once, and the others wait for that check. */
export class ReportedFindings {
  /** What was told in full, and by which check. */
  readonly #by = new Map<string, string>();
  readonly #passed = new Set<string>();

  /** @param checks those of the round. */
  constructor(private readonly checks: readonly Pick<Check, 'id'>[]) {}

  /**
   * Takes each result of the round once, in the order in which they come.
   *
   * @returns the id of the check for which a failed one waits; undefined when what it found is to be told in full.
   */
  waitsFor({ id, passed, diagnosis }: CheckResult): string | undefined {
    if (passed) this.#passed.add(id);
    if (!diagnosis) return undefined;
    const { waitsFor } = diagnosis;
    const isHere = waitsFor !== id && this.checks.some((one) => one.id === waitsFor);
    if (waitsFor !== undefined && isHere && !this.#passed.has(waitsFor)) return waitsFor;
    const words = wordsOf(diagnosis);
    const by = this.#by.get(words);
    if (by === undefined) this.#by.set(words, id);
    return by;
  }
}

/** What was seen differs in small things, such as which request came last. */
const wordsOf = ({ id, expected, cause, next }: Finding) => JSON.stringify([id, expected, cause, next]);

/**
 * The check with which to go on: the first failed one, in the order of the tasks, that waits for no other.
 *
 * @returns undefined when nothing failed.
 */
export function firstFailed(results: readonly CheckResult[]): CheckResult | undefined {
  const wrong = results
    .filter(({ diagnosis }) => diagnosis !== undefined)
    .sort((a, b) => a.task.localeCompare(b.task, 'en', { numeric: true }));
  const told = new ReportedFindings(wrong);
  return wrong.find((one) => told.waitsFor(one) === undefined) ?? wrong[0];
}

/** The task of that check, unless it sends to another one. */
export function currentTask(results: readonly CheckResult[]): string | undefined {
  const first = firstFailed(results);
  return first?.diagnosis?.task ?? first?.task;
}
