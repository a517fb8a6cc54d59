import type { Request, RequestHandler } from 'express';
import session, { type Store } from 'express-session';
import type { Config } from './config';
import { finalStore } from './final-store';
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

/** A new identifier with nothing in it: one that an attacker planted before the log-in is worth nothing after it. */
export function regenerate(req: Request): Promise<void> {
  return new Promise((resolve, reject) =>
    req.session.regenerate((error) => (error ? reject(error) : resolve())),
  );
}

/** Resolves when the store has the session: a redirect sent earlier can overtake it. */
export function save(req: Request): Promise<void> {
  return new Promise((resolve, reject) => req.session.save((error) => (error ? reject(error) : resolve())));
}

export function destroy(req: Request): Promise<void> {
  return new Promise((resolve, reject) =>
    req.session.destroy((error) => (error ? reject(error) : resolve())),
  );
}
