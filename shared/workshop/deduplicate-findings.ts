import type { Finding } from '../checks/diagnosis';
import type { Check } from '../checks/index';
import type { CheckResult, Verdict } from '../checks/verdict';

/** The findings of one round: each is reported in full once, and the other checks wait for that check. */
export class ReportedFindings {
  readonly #by = new Map<string, string>();
  readonly #passed = new Set<string>();

  constructor(private readonly checks: readonly Pick<Check, 'id'>[]) {}

  /** Takes each result once, in order. @returns the check for which a failed one waits; undefined to report it in
   * full. */
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

/** Without what was seen, which differs in details, such as the last request. */
const wordsOf = ({ id, expected, cause, next }: Finding) => JSON.stringify([id, expected, cause, next]);

/** The check to fix first: the first failed one, in the order of tasks, that waits for no other.
 * @returns undefined when nothing failed. */
export function firstFailed(results: readonly CheckResult[]): CheckResult | undefined {
  const wrong = results
    .filter(({ diagnosis }) => diagnosis !== undefined)
    .sort((a, b) => a.task.localeCompare(b.task, 'en', { numeric: true }));
  const reported = new ReportedFindings(wrong);
  return wrong.find((one) => reported.waitsFor(one) === undefined) ?? wrong[0];
}

/** The check to fix first: one of the step itself, unless a failed check of an earlier step explains it. */
export function firstToFix({ checks, earlier }: Verdict): CheckResult | undefined {
  const [own, before] = [firstFailed(checks), firstFailed(earlier)];
  if (!own?.diagnosis || !before) return own ?? before;
  const { diagnosis } = own;
  const words = wordsOf(diagnosis);
  const isExplained = earlier.some(
    (one) => one.diagnosis && (one.id === diagnosis.waitsFor || wordsOf(one.diagnosis) === words),
  );
  return isExplained ? before : own;
}

/** The task of that check, or the one that its diagnosis names. */
export function currentTask(verdict: Verdict): string | undefined {
  const first = firstToFix(verdict);
  return first?.diagnosis?.task ?? first?.task;
}
