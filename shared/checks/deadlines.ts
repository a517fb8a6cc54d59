import { LOCATION_WITHIN, SHARE_WITHIN } from '../app-runner/ipc-messages';
import { PATIENCE } from '../browser';

/** Milliseconds until the command reports what is wrong with an app that does not answer, on a free machine. */
export const REPORTED_WITHIN = 10_000;
/** Milliseconds until the app must listen: it takes half a second to a second. */
export const LISTENS_WITHIN = 5000;
/** Milliseconds until a page must arrive, unless a check says otherwise. */
export const ANSWERS_WITHIN = PATIENCE;
/** Milliseconds for the learner's Actions; a real tenant allows 20 s. Less than a page may take, so that the tenant can
 * report which code was too slow. */
export const SCRIPTS_WITHIN = PATIENCE - 1500;
/** Milliseconds for the start of workshop, tenant, API and app, which together take some two seconds. */
export const STARTS_WITHIN = 3700;

/** Milliseconds that a run of checks waits for the app. */
export interface Deadlines {
  /** Until it must listen. */
  listens: number;
  /** Until a page must arrive. */
  answers: number;
}

export const DEADLINES: Deadlines = { listens: LISTENS_WITHIN, answers: ANSWERS_WITHIN };

/** Milliseconds until the slowest finding: an app that does not listen is asked twice for its location, and once whether
 * the machine is busy. One that does not answer is asked for its location and its handler. */
export const LONGEST =
  STARTS_WITHIN + Math.max(LISTENS_WITHIN, ANSWERS_WITHIN) + 2 * LOCATION_WITHIN + SHARE_WITHIN;
