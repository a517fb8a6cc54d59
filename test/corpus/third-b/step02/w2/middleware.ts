import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { SECRET_KEY, SITE } from './settings';

export interface LoginRequest { nonce: string; verifier: string; next: string }
export interface Tokens {
  access: string;
  scope: string;
  issued: number;
  ends: number;
}
export interface Session {
  key: string;
  used: number;
  user?: Record<string, any>;
  tokens?: Tokens;
  logins: Map<string, LoginRequest>;
  bounced?: 'once' | 'again';
  ended?: boolean;
}
declare global {
  namespace Express {
    interface Request { session: Session }
  }
}

/** The table django_session. */
const table = new Map<string, Session>();
const AGE = 8 * 3600_000;

const sign = (key: string) => createHmac('sha256', SECRET_KEY).update(key).digest('base64url');
const cookie = (key: string) => `sessionid=${key}.${sign(key)}; Path=/; HttpOnly; SameSite=Lax${SITE.startsWith('https') ? '; Secure' : ''}`;

function keyFrom(header = '') {
  for (const part of header.split(';')) {
    const [name, value = ''] = part.trim().split('=');
    if (name !== 'sessionid') continue;
    const [key, mac = ''] = value.split('.');
    const [a, b] = [Buffer.from(mac), Buffer.from(sign(key))];
    if (a.length === b.length && timingSafeEqual(a, b)) return key;
  }
}
const empty = (): Session => ({ key: randomBytes(32).toString('base64url'), used: Date.now(), logins: new Map() });

export const sessionExists = (session: Session) => table.get(session.key) === session;
export function saveSession(session: Session, res: Response) {
  table.set(session.key, session);
  res.setHeader('Set-Cookie', cookie(session.key));
}
/** request.session.cycle_key(), and nothing of the old user stays. */
export function cycleKey(old: Session): Session {
  table.delete(old.key);
  old.tokens = undefined;
  return { ...empty(), logins: old.logins, bounced: old.bounced && 'again' };
}
export function flush(req: Request, res: Response) {
  table.delete(req.session.key);
  req.session.ended = true;
  req.session.tokens = undefined;
  res.setHeader('Set-Cookie', 'sessionid=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0');
}

export function sessions(req: Request, _res: Response, next: NextFunction) {
  const key = keyFrom(req.headers.cookie);
  const found = key ? table.get(key) : undefined;
  if (found && Date.now() - found.used < AGE) {
    found.used = Date.now();
    req.session = found;
  } else {
    req.session = empty();
  }
  next();
}

setInterval(() => {
  for (const [key, { used }] of table) if (Date.now() - used > AGE) table.delete(key);
}, 600_000).unref();

export function security(_req: Request, res: Response, next: NextFunction) {
  res.set({ 'Cache-Control': 'no-store', 'X-Frame-Options': 'DENY', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'same-origin' });
  next();
}

export function csrf(req: Request, res: Response, next: NextFunction) {
  if (['GET', 'HEAD', 'OPTIONS'].includes(req.method)) return next();
  const fetchSite = req.get('Sec-Fetch-Site');
  const origin = req.get('Origin');
  if (fetchSite !== undefined ? fetchSite !== 'same-origin' : origin !== undefined && origin !== new URL(SITE).origin)
    return void res.status(403).send('CSRF verification failed. Request aborted.');
  next();
}
