import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { BASE_URL } from './env';

/** One logged in user in one browser. */
export interface Visit {
  key: string;
  claims: Record<string, any>;
  access?: string;
  idToken?: string;
  scope: string;
  used: number;
}
const visits = new Map<string, Visit>();
export const random = () => randomBytes(24).toString('base64url');
export const cookie = { httpOnly: true, sameSite: 'lax', signed: true, overwrite: true, secure: BASE_URL.startsWith('https:') } as const;

export function visitOf(ctx: Context): Visit | undefined {
  const visit = visits.get(ctx.cookies.get('visit', { signed: true }) ?? '');
  if (visit) visit.used = Date.now();
  return visit;
}
export const isOpen = (visit: Visit) => visits.get(visit.key) === visit;
export function open(visit: Visit) {
  visits.set(visit.key, visit);
}
export function close(visit: Visit) {
  visits.delete(visit.key);
}
setInterval(() => {
  for (const v of visits.values()) if (Date.now() - v.used > 86_400_000) visits.delete(v.key);
}, 300_000).unref();
