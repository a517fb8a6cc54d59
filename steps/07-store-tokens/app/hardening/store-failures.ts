import type { ErrorRequestHandler } from 'express';
import type { SessionData } from 'express-session';
import { PageError } from '../errors';
import { StoreUnavailable } from '../stores/shared-store';
import { type Done, type Found, StoreAround } from '../stores/store-around';

/**
 * Failure: the store cannot be reached. A client without a time limit would let every page wait, and Express would answer 500.
 * Protection: the user gets a page that says to try again, with 503, and the cookie is left alone: when the store is back, nobody has to log in.
 */
export const storeFailures: ErrorRequestHandler = (error, _req, _res, next) => {
  if (!(error instanceof StoreUnavailable)) return next(error);
  const again = { href: '/', text: 'Try again' };
  const message = 'Your login is safe, but it cannot be read at the moment. Try again in a moment.';
  next(new PageError(503, 'Not available at the moment', message, again, { cause: error }));
};

/** Names the failures of a store that has its own errors. */
export class NamedFailures extends StoreAround {
  override get(id: string, done: Found): void {
    super.get(id, (error, session) => done(named(error), session));
  }

  override set(id: string, session: SessionData, done: Done = () => {}): void {
    super.set(id, session, (error) => done(named(error)));
  }

  override touch(id: string, session: SessionData, done: Done = () => {}): void {
    super.touch(id, session, (error) => done(named(error)));
  }

  override destroy(id: string, done: Done = () => {}): void {
    super.destroy(id, (error) => done(named(error)));
  }
}

const named = (error: unknown): unknown =>
  error && !(error instanceof StoreUnavailable)
    ? new StoreUnavailable('the sessions cannot be reached', { cause: error })
    : error;
