import { randomUUID, randomBytes } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { sign, unsign } from 'cookie-signature';
import { config } from './config';
import type { Tokens } from './tokens';

export interface Started {
  verifier: string;
  nonce: string;
  to: string;
  since: number;
}

export class Session {
  readonly id = randomUUID() + randomBytes(16).toString('hex');
  lastSeen = Date.now();
  started = new Map<string, Started>();
  callbacks = new Map<string, Promise<[Session, string]>>();
  user?: Record<string, unknown>;
  tokens?: Tokens;
  next?: Session;
  closed = false;
}

const COOKIE = 'app_session';
const all = new Map<string, Session>();

export function open(): Session {
  const session = new Session();
  all.set(session.id, session);
  return session;
}

/** After a log-in: a new identifier. What was begun in other tabs stays open. */
export function replace(old: Session): Session {
  const session = open();
  session.started = old.started;
  old.next = session;
  all.delete(old.id);
  return session;
}

export function close(session: Session): void {
  session.closed = true;
  session.started.clear();
  session.user = session.tokens = undefined;
  all.delete(session.id);
}

export function load(req: Request, res: Response, next: NextFunction): void {
  const raw = (req.headers.cookie ?? '').split(/;\s*/).find((pair) => pair.startsWith(COOKIE + '='));
  if (raw) {
    let value = '';
    try {
      value = decodeURIComponent(raw.slice(COOKIE.length + 1));
    } catch {
      // Not one of ours.
    }
    const id = unsign(value, config.secret);
    const session = id ? all.get(id) : undefined;
    if (session && session.lastSeen > Date.now() - 6 * 3600_000) {
      session.lastSeen = Date.now();
      res.locals.session = session;
    }
  }
  next();
}

const options = { httpOnly: true, sameSite: 'lax' as const, secure: config.base.startsWith('https:'), path: '/' };
export const give = (res: Response, session: Session) => void res.cookie(COOKIE, sign(session.id, config.secret), options);
export const takeAway = (res: Response) => void res.clearCookie(COOKIE, options);

setInterval(() => {
  const now = Date.now();
  all.forEach((session) => {
    if (now - session.lastSeen > (session.user ? 6 : 1) * 3600_000) all.delete(session.id);
  });
}, 120_000).unref();
