// Sessions of our own: 32 random bytes in a cookie, everything else here.
import { createHash, randomBytes } from 'node:crypto';
import { parse } from 'cookie';
import type { NextFunction, Request, Response } from 'express';

export interface Journey {
  verifier: string;
  nonce: string;
  back: string;
  since: number;
}
export interface Visitor {
  key: string;
  journeys: Map<string, Journey>;
  seen: number;
  user?: Record<string, any> & { sub: string };
  purse?: string;
  turnedAway?: boolean;
  cameBack?: number;
}
declare global {
  namespace Express {
    interface Request {
      visitor?: Visitor;
    }
  }
}

const COOKIE = 'visitor';
const options = { httpOnly: true, sameSite: 'lax' as const, path: '/', secure: process.env.BASE_URL!.startsWith('https:') };
// By a hash of the identifier with our secret: who reads the memory cannot make a cookie of it.
const known = new Map<string, Visitor>();
const keyOf = (id: string) => createHash('sha256').update(process.env.SESSION_SECRET + id).digest('hex');

export function sessions(req: Request, _res: Response, next: NextFunction) {
  const id = parse(req.headers.cookie ?? '')[COOKIE];
  req.visitor = id ? known.get(keyOf(id)) : undefined;
  if (req.visitor) req.visitor.seen = Date.now();
  next();
}

export function newVisitor(journeys = new Map<string, Journey>()): { id: string; visitor: Visitor } {
  const id = randomBytes(32).toString('base64url');
  const visitor: Visitor = { key: keyOf(id), journeys, seen: Date.now() };
  known.set(visitor.key, visitor);
  return { id, visitor };
}

export const giveCookie = (res: Response, id: string) => res.cookie(COOKIE, id, options);

export function forgetVisitor(visitor: Visitor | undefined, res?: Response) {
  if (visitor) {
    known.delete(visitor.key);
    visitor.user = undefined;
  }
  res?.clearCookie(COOKIE, options);
}

export function mustBeSomebody(req: Request, res: Response, next: NextFunction) {
  if (req.visitor?.user) return next();
  res.redirect(303, `/login?returnTo=${encodeURIComponent(req.method === 'GET' ? req.originalUrl : '/profile')}`);
}

setInterval(() => {
  const now = Date.now();
  for (const visitor of known.values()) {
    for (const [state, { since }] of visitor.journeys) if (now - since > 900_000) visitor.journeys.delete(state);
    if (now - visitor.seen > (visitor.user ? 86_400_000 : 1_800_000)) forgetVisitor(visitor);
  }
}, 60_000).unref();
