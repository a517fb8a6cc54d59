import { SAYS_WHERE_WITHIN, SHARE_WITHIN } from '../app-runner/ipc-messages';
import { PATIENCE } from '../browser';

/** Milliseconds from the command to the words of what is wrong with an app that gives no answers, on a machine that has nothing else to do. */
export const TOLD_WITHIN = 10_000;
/** Milliseconds until the app must listen: it takes half a second to a second. */
export const LISTENS_WITHIN = 5000;
/** Milliseconds until a page must have come, unless a check says otherwise. */
export const ANSWERS_WITHIN = PATIENCE;
/**
 * Milliseconds for the learner's code at a login; a real tenant gives it 20 s. It must be over before the check gives up the page, so that the
 * tenant can say which code it was.
 */
export const SCRIPTS_WITHIN = PATIENCE - 1500;
/** Milliseconds for the rest: workshop, tenant and API start, and an app that listens; together they take some two seconds. */
export const STARTS_WITHIN = 3700;

/** Milliseconds that a run of checks waits for the app. */
export interface Deadlines {
  /** Until it must listen. */
  listens: number;
  /** Until a page must have come. */
  answers: number;
}

export const DEADLINES: Deadlines = { listens: LISTENS_WITHIN, answers: ANSWERS_WITHIN };

/**
 * Milliseconds of the longest way to a finding: an app that does not listen is asked twice where it is, and once whether the machine leaves it
 * time. One that does not answer is asked where it is, then which handler does not.
 */
export const LONGEST =
  STARTS_WITHIN + Math.max(LISTENS_WITHIN, ANSWERS_WITHIN) + 2 * SAYS_WHERE_WITHIN + SHARE_WITHIN;
