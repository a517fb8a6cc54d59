import type { Request } from 'express';
import { reload } from './session';

/** What one begun log-in must remember until its callback. */
export interface Transaction {
  nonce: string;
  code_verifier: string;
  /** The path in this app to which the user wanted to go. */
  returnTo: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
}

/** Log-ins that one browser may have open, in several tabs; the oldest gives way. */
const MOST = 10;
/** Milliseconds until a log-in must be finished. */
const OPEN_FOR = 60 * 60_000;

/** One slot for each `state`, so that log-ins in two tabs do not disturb each other. */
export function begin(req: Request, state: string, transaction: Transaction): void {
  const open = Object.entries(req.session.transactions ?? {}).sort(
    ([, a], [, b]) => a.startedAt - b.startedAt,
  );
  req.session.transactions = Object.fromEntries([...open.slice(1 - MOST), [state, transaction]]);
}

/** Takes the slot of a `state`: what is taken cannot be taken again. */
export function take(req: Request, state: string): Transaction | undefined {
  const open = new Map(Object.entries(req.session.transactions ?? {}));
  // A Map: `state` comes from outside, and may be a name that every object has, e.g. "constructor".
  const taken = open.get(state);
  open.delete(state);
  if (taken) req.session.transactions = Object.fromEntries(open);
  return taken && Date.now() - taken.startedAt < OPEN_FOR ? taken : undefined;
}

/** The log-ins that this browser has open beside this one, also those that were begun while this one was being finished. */
export async function openBeside(req: Request, state: string): Promise<Request['session']['transactions']> {
  await reload(req);
  take(req, state);
  return req.session.transactions;
}

const callbacks = new Map<string, Promise<string>>();
/** Milliseconds for which the outcome of a callback is remembered. */
const REMEMBERED_FOR = 30_000;

/**
 * A callback that the browser submits twice (a double click, an impatient reload) is worked on once, and both requests
 * get its result, a path. Requests that run at the same time see the same session, so the slot alone could not tell
 * them apart; one that comes a little later still has the cookie from before the log-in. So the key has the cookies that were sent.
 */
export function once(key: string, work: () => Promise<string>): Promise<string> {
  const known = callbacks.get(key);
  if (known) return known;
  const result = work();
  callbacks.set(key, result);
  const forget = () => callbacks.delete(key);
  result.then(() => setTimeout(forget, REMEMBERED_FOR).unref(), forget);
  return result;
}
