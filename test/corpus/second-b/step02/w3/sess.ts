// Sessions in memory; the browser has a random identifier with a signature, nothing else.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { cfg } from './cfg';
import type { Claims, Tokens, Transaction } from './idp';

export type Session = {
  id: string;
  usedAt: number;
  pending: Map<string, Transaction>;
  user?: Claims;
  tokens?: Tokens;
  refused?: boolean;
  returnedAt?: number;
};

const all = new Map<string, Session>();
const NAME = 'hand';
const sign = (id: string) => createHmac('sha256', cfg.cookieKey).update(id).digest('base64url');
const flags = '; Path=/; HttpOnly; SameSite=Lax' + (cfg.base.startsWith('https:') ? '; Secure' : '');

export function find(req: IncomingMessage): Session | undefined {
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const [name, value = ''] = pair.trim().split('=');
    if (name !== NAME) continue;
    const [id, mac = ''] = value.split('.');
    const good = Buffer.from(sign(id));
    const given = Buffer.from(mac);
    if (good.length !== given.length || !timingSafeEqual(good, given)) continue;
    const s = all.get(id);
    if (!s) continue;
    s.usedAt = Date.now();
    return s;
  }
  return undefined;
}

function fresh(pending = new Map<string, Transaction>()): Session {
  const s: Session = { id: randomBytes(24).toString('base64url'), usedAt: Date.now(), pending };
  all.set(s.id, s);
  return s;
}

export function create(res: ServerResponse): Session {
  const s = fresh();
  setCookie(res, s);
  return s;
}

/** Another session with another identifier; the old one is gone. */
export function renew(old: Session): Session {
  end(old);
  return fresh(old.pending);
}

export function end(s: Session) {
  all.delete(s.id);
  s.user = undefined;
  s.tokens = undefined;
}

export function setCookie(res: ServerResponse, s: Session) {
  res.setHeader('Set-Cookie', `${NAME}=${s.id}.${sign(s.id)}${flags}`);
}

export function dropCookie(res: ServerResponse) {
  res.setHeader('Set-Cookie', `${NAME}=; Max-Age=0${flags}`);
}

setInterval(() => {
  const now = Date.now();
  for (const s of all.values()) {
    for (const [state, t] of s.pending) if (now - t.at > 15 * 60_000) s.pending.delete(state);
    if (now - s.usedAt > (s.user ? 24 * 3600_000 : 30 * 60_000)) end(s);
  }
}, 60_000).unref();
