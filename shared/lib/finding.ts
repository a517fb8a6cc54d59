/** What a failed check tells a learner. */
export interface Finding {
  /** Stable, e.g. no-pkce: which mistake it was. */
  id: string;
  expected: string;
  /** What was really seen: method, URL, the parameter or claim that matters; secrets masked. */
  seen: string;
  /** The likely cause, in the lesson's words; says so when it is not known. */
  cause: string;
  /** The next thing to do. */
  next: string;
  /** The id of the check that this is the business of: any other one that finds it can say nothing of its own until that one passes. */
  waitsFor?: string;
  /** The task to go on with, where it is another one than the check's. */
  task?: string;
}
