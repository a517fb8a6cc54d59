import type { Request, RequestHandler } from 'express';
import session, { type Store } from 'express-session';
import type { Config } from './config';
import { finalStore, LoggedOut } from './final-store';
import type { Tokens } from './tokens';
import type { Transaction } from './transactions';
import type { User } from './user';

declare module 'express-session' {
  interface SessionData {
    /** Log-ins that were begun and not finished, by `state`. */
    transactions: Record<string, Transaction>;
    user: User;
    tokens: Tokens;
  }
}

/** Milliseconds until a session ends that nobody uses. */
const IDLE = 24 * 60 * 60_000;

/** The browser holds nothing but an identifier, in a cookie that scripts and other sites cannot use. */
export function sessions({ baseUrl, sessionSecret }: Config, store?: Store): RequestHandler[] {
  const load = session({
    name: 'app.sid',
    secret: sessionSecret,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: baseUrl.protocol === 'https:', maxAge: IDLE },
    store: finalStore(store ?? new session.MemoryStore()),
  });
  const show: RequestHandler = (req, res, next) => {
    // For the views: who is logged in. Their pages are kept in no cache, the public ones among them neither.
    res.locals.user = req.session.user;
    if (req.session.user) res.set('Cache-Control', 'no-store');
    next();
  };
  return [load, show];
}

/** Reads the session again, which other requests of this browser may have changed meanwhile; one that is gone stays as it was read. */
export function reload(req: Request): Promise<void> {
  return new Promise((resolve) => req.session.reload(() => resolve()));
}

/** Whether the session is no longer there: the user has logged out while this request was under way. */
export function hasEnded(req: Request): Promise<boolean> {
  return new Promise((resolve, reject) =>
    req.sessionStore.get(req.sessionID, (error, found) => (error ? reject(error) : resolve(!found))),
  );
}

/**
 * A new identifier with nothing in it: one that an attacker planted before the log-in is worth nothing after it.
 *
 * @throws LoggedOut
 */
export function regenerate(req: Request): Promise<void> {
  return new Promise((resolve, reject) =>
    req.session.regenerate((error) => (error ? reject(forsaken(req, error)) : resolve())),
  );
}

/**
 * Resolves when the store has the session: a redirect sent earlier can overtake it.
 *
 * @throws LoggedOut
 */
export async function save(req: Request): Promise<void> {
  await new Promise<void>((resolve, reject) =>
    req.session.save((error) => (error ? reject(error) : resolve())),
  );
  if (await hasEnded(req)) throw forsaken(req, new LoggedOut());
}

export function destroy(req: Request): Promise<void> {
  return new Promise((resolve, reject) =>
    req.session.destroy((error) => (error ? reject(error) : resolve())),
  );
}

/** Without its session the answer sets no cookie: by now the browser may have that of a newer one. */
function forsaken(req: Partial<Pick<Request, 'session'>>, error: Error): Error {
  delete req.session;
  return error;
}
