import type { Finding } from '../lib/finding';
import type { Evidence } from './check-trace';

export type { Finding };

/** A finding, and in which messages it was seen: the most telling first. */
export type Found = Finding & { of?: Evidence | readonly Evidence[] };

/** Which mistake it was, and in the lesson's words why it is one. */
export type Cause = Pick<Finding, 'id' | 'cause'> &
  /** What to do, at which task and after which check, where it is another thing than usual. */
  Partial<Pick<Finding, 'next' | 'task' | 'waitsFor'>>;

/** An expectation of a check that was not met. */
export class Diagnosis extends Error {
  override name = 'Diagnosis';
  readonly finding: Finding;
  readonly evidence: readonly Evidence[];

  constructor({ of, ...finding }: Found) {
    const { expected, seen, cause, next } = finding;
    super(`expected: ${expected}\nseen: ${seen}\nlikely cause: ${cause}\nnext: ${next}`);
    this.finding = finding;
    this.evidence = [of ?? []].flat();
    // The stack leads into the check, which is not where the learner's fault is.
    this.stack = this.message;
  }
}

/** @throws Diagnosis unless the condition holds. */
export function expectThat(condition: boolean, finding: () => Found): asserts condition {
  if (!condition) throw new Diagnosis(finding());
}

/** Not a fault of the app: the check cannot be made in this way of running it. */
export class NotApplicable extends Error {
  override name = 'NotApplicable';
}
