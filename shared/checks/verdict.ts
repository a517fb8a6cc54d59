import type { Finding } from '../lib/finding';

export interface CheckResult {
  id: string;
  task: string;
  title: string;
  passed: boolean;
  /** The check cannot be made in this way of running it. */
  notApplicable?: string;
  diagnosis?: Finding;
}

/** The results of a step's own checks, and those of the steps before. */
export interface Verdict {
  checks: readonly CheckResult[];
  earlier: readonly CheckResult[];
}

/** Whether nothing is wrong with the app by this result. */
export const isRight = ({ passed, notApplicable }: CheckResult): boolean =>
  passed || notApplicable !== undefined;

/** Ranks checks in the order in which the lesson asks for it. */
export const byTask = ({ task }: { task: string }): number => {
  const [step = 0, place = 0] = task.split('.').map(Number);
  return 100 * step + place;
};
