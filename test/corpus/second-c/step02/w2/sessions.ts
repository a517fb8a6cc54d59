import { randomBytes, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const all = new Map<string, any>();
const DAY = 24 * 3600 * 1000;
setInterval(() => { for (const s of all.values()) if (s.seen < Date.now() - DAY) all.delete(s.id); }, 60_000).unref();

const sign = (id: string) => createHmac('sha256', process.env.SESSION_SECRET!).update(id).digest('base64url');

export function sessionOf(req: IncomingMessage) {
  const found = /(?:^|;\s*)sid=([\w-]+)\.([\w-]+)/.exec(req.headers.cookie ?? '');
  if (!found) return undefined;
  const [, id, mac] = found;
  const good = sign(id);
  if (mac.length !== good.length || !timingSafeEqual(Buffer.from(mac), Buffer.from(good))) return undefined;
  const s = all.get(id);
  if (s) s.seen = Date.now();
  return s;
}

export function newSession(pending = new Map<string, any>()) {
  const s: any = { id: randomBytes(24).toString('base64url'), pending, seen: Date.now() };
  all.set(s.id, s);
  return s;
}

export const forget = (s: any) => void all.delete(s.id);
export const alive = (s: any) => all.get(s.id) === s;

export function giveCookie(res: ServerResponse, s: any) {
  const secure = process.env.BASE_URL!.startsWith('https:') ? '; Secure' : '';
  res.setHeader('Set-Cookie', s ? `sid=${s.id}.${sign(s.id)}; Path=/; HttpOnly; SameSite=Lax${secure}` : 'sid=; Path=/; Max-Age=0');
}
