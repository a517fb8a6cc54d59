import { createHash, randomBytes } from 'node:crypto';
import Cookies = require('cookies');
import type { NextFunction, Request, Response } from 'express';

export type Claims = { sub: string; name?: unknown; email?: unknown; [claim: string]: unknown };
export type TokenSet = { access: string; refresh?: string; scope: string[]; issued: number; ends: number };
export type Attempt = { nonce: string; verifier: string; target: string; started: number };

const LIFE = 12 * 60 * 60 * 1000;

export class Session {
  readonly key = randomBytes(24).toString('base64url');
  readonly ends = Date.now() + LIFE;
  claims?: Claims;
  tokens?: TokenSet;
  /** The API refused a token, and the user was sent to log in for that. */
  sentAway = false;
  /** This session is of such a login. */
  secondTry = false;
  signedOut = false;
  constructor(readonly attempts = new Map<string, Attempt>()) {}
}

/** All sessions are in memory, under the hash of their key: a dump of this map opens none of them. */
const sessions = new Map<string, Session>();
const place = (key: string) => createHash('sha256').update(key).digest('hex');
setInterval(() => {
  for (const [hash, session] of sessions) if (session.ends < Date.now()) sessions.delete(hash);
}, 60_000).unref();

const jar = (req: Request, res: Response) =>
  new Cookies(req, res, { keys: [process.env.SESSION_SECRET!], secure: process.env.BASE_URL!.startsWith('https:') });

export function attach(req: Request, res: Response, next: NextFunction) {
  const key = jar(req, res).get('s', { signed: true });
  const session = key === undefined ? undefined : sessions.get(place(key));
  res.locals.session = session && session.ends > Date.now() ? session : undefined;
  next();
}

export const sessionOf = (res: Response): Session | undefined => res.locals.session;
export const lives = (session: Session) => sessions.get(place(session.key)) === session;

export function begin(attempts?: Map<string, Attempt>) {
  const session = new Session(attempts);
  sessions.set(place(session.key), session);
  return session;
}

export const end = (session: Session) => sessions.delete(place(session.key));

/** Hands the key to the browser. */
export function hand(req: Request, res: Response, session?: Session) {
  jar(req, res).set('s', session?.key, { signed: true, httpOnly: true, sameSite: 'lax', path: '/', maxAge: session ? LIFE : undefined, overwrite: true });
}
