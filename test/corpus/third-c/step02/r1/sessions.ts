import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Pending { nonce: string; verifier: string; goTo: string; asked: string; since: number }
export interface Tokens { access: string; id: string; scope: string; issued: number; ends?: number; renewAt?: number; refresh?: string; refreshed?: number }
export interface Visit {
  key: string;
  until: number;
  left?: boolean;
  pending: Map<string, Pending>;
  user?: Record<string, unknown>;
  tokens?: Tokens;
}

// All of it lives in this process: the browser has the key and nothing else.
const visits = new Map<string, Visit>();
const NAME = 'visit';
const GUEST = 15 * 60_000;
const USER = 10 * 3_600_000;
const secure = (process.env.BASE_URL ?? '').startsWith('https:') ? '; Secure' : '';

setInterval(() => {
  for (const [key, visit] of visits) if (visit.until < Date.now()) visits.delete(key);
}, 60_000).unref();

export function find(req: IncomingMessage): Visit | undefined {
  const found = (req.headers.cookie ?? '').split(/;\s*/).find((part) => part.startsWith(NAME + '='));
  const visit = found && visits.get(found.slice(NAME.length + 1));
  if (!visit || visit.until < Date.now()) return undefined;
  return visit;
}

export function open(res: ServerResponse, user?: Record<string, unknown>): Visit {
  // Guests come for nothing, so there is a limit to them; the oldest go first.
  if (visits.size > 20_000) for (const [key, v] of visits) if (!v.user) { visits.delete(key); break; }
  const visit: Visit = { key: randomBytes(32).toString('base64url'), until: Date.now() + (user ? USER : GUEST), pending: new Map(), user };
  visits.set(visit.key, visit);
  show(res, visit);
  return visit;
}

export function show(res: ServerResponse, visit: Visit) {
  res.setHeader('Set-Cookie', `${NAME}=${visit.key}; Path=/; HttpOnly; SameSite=Lax${secure}`);
}

export function close(visit: Visit) {
  visits.delete(visit.key);
  visit.user = visit.tokens = undefined;
}

export function isOpen(visit: Visit) {
  return visits.get(visit.key) === visit;
}
