import type { Finding } from '../lib/finding';
import type { Evidence } from './check-trace';

export type { Finding };

/** A finding, and the messages in which it was seen: the most important first. */
export type Found = Finding & { of?: Evidence | readonly Evidence[] };

/** The mistake, and in the lesson's terms why it is one. */
export type Cause = Pick<Finding, 'id' | 'cause'> &
  /** What to do, at which task and after which check, where it differs from the check's own. */
  Partial<Pick<Finding, 'next' | 'task' | 'waitsFor'>>;

/** The ids for an app that refuses its own form: because of Origin, or for another reason before it calls anybody. */
export const [OWN_ORIGIN_REFUSED, OWN_FORM_REFUSED] = ['own-origin-refused', 'own-form-refused'];

/** A failed expectation of a check. */
export class Diagnosis extends Error {
  override name = 'Diagnosis';
  readonly finding: Finding;
  readonly evidence: readonly Evidence[];

  constructor({ of, ...finding }: Found) {
    const { expected, seen, cause, next } = finding;
    super(`expected: ${expected}\nseen: ${seen}\nlikely cause: ${cause}\nnext: ${next}`);
    this.finding = finding;
    this.evidence = [of ?? []].flat();
    // The stack leads into the check, not to the learner's mistake.
    this.stack = this.message;
  }
}

/** @throws Diagnosis unless the condition holds. */
export function expectThat(condition: boolean, finding: () => Found): asserts condition {
  if (!condition) throw new Diagnosis(finding());
}

/** No fault of the app: the check cannot run in this way of starting the app. */
export class NotApplicable extends Error {
  override name = 'NotApplicable';
}
