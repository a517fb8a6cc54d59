import { promisify } from 'node:util';
import type { Request, RequestHandler } from 'express';
import session, { type SessionOptions, type Store } from 'express-session';
import type { IDToken } from 'openid-client';
import type { Config } from './config';
import { FinalLogout } from './hardening/final-logout';
import { newest } from './hardening/login-flood';

/** What a login must remember until its callback. `startedAt` is in milliseconds since the epoch. */
export type Transaction = { nonce: string; code_verifier: string; returnTo: string; startedAt: number };

declare module 'express-session' {
  interface SessionData {
    /** Logins that have begun and are not finished, by `state`: logins in two tabs do not disturb each other. */
    transactions: Record<string, Transaction>;
    /** The claims of the ID token (OpenID Connect Core, section 2). */
    user: IDToken;
  }
}

/** The browser holds only an identifier, in a cookie that scripts and other sites cannot use. */
export function sessions(config: Config, store?: Store, options?: Partial<SessionOptions>): RequestHandler[] {
  const secure = config.baseUrl.protocol === 'https:';
  return [
    session({
      name: 'app.sid',
      secret: config.sessionSecret,
      resave: false,
      saveUninitialized: false,
      // A session that nobody uses ends after a day; maxAge is in milliseconds.
      cookie: { httpOnly: true, sameSite: 'lax', secure, maxAge: 24 * 60 * 60_000 },
      store: new FinalLogout(store ?? new session.MemoryStore()),
      ...options,
    }),
    (req, res, next) => {
      Object.assign(res.locals, { user: req.session.user, sessionCookie: options?.name ?? 'app.sid' });
      next();
    },
  ];
}

// A Map, since `state` comes from outside and may be a name that every object has, such as "constructor".
const pending = (req: Request) => new Map(newest(Object.entries(req.session.transactions ?? {})));

export function begin(req: Request, state: string, transaction: Transaction): void {
  req.session.transactions = Object.fromEntries(pending(req).set(state, transaction));
}

/** The transaction of a `state`. It can be taken once. */
export function take(req: Request, state: string): Transaction | undefined {
  const open = pending(req);
  const taken = open.get(state);
  if (open.delete(state)) req.session.transactions = Object.fromEntries(open);
  return taken;
}

/** A new identifier: one that an attacker planted is worthless after the login. Other tabs' logins remain pending. */
export async function regenerate(req: Request, finished: string): Promise<void> {
  await reload(req);
  take(req, finished);
  const { transactions } = req.session;
  await promisify(req.session.regenerate).call(req.session);
  if (transactions) req.session.transactions = transactions;
}

/** Resolves when the store has the session: a redirect that is sent earlier can overtake it. */
export const save = (req: Request): Promise<void> => promisify(req.session.save).call(req.session);
export const destroy = (req: Request): Promise<void> => promisify(req.session.destroy).call(req.session);

/** Reads the session again; false if it is gone, since the user has logged out meanwhile. */
export const reload = (req: Request): Promise<boolean> =>
  new Promise((resolve) => req.session.reload((error) => resolve(!error)));
