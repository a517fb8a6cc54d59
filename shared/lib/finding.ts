/** What a failed check reports to a learner. */
export interface Finding {
  /** Which mistake it was, e.g. no-pkce. Stable. */
  id: string;
  expected: string;
  /** What was seen: method, URL, the parameter or claim that matters; secrets masked. */
  seen: string;
  /** The likely cause, in the lesson's words, or that it is not known. */
  cause: string;
  next: string;
  /** The id of the check that reports this problem. Other checks that meet it wait until that one passes. */
  waitsFor?: string;
  /** The task to continue with, if it is not the check's own. */
  task?: string;
}
