import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { Context } from './web';

export interface Attempt {
  nonce: string;
  verifier: string;
  page: string;
  time: number;
}

export interface TokenSet {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly scope?: string;
  readonly issued: number;
  readonly refreshed?: number;
  readonly end: number;
  readonly renewal: number;
}

export interface Session {
  id: string;
  touched: number;
  attempts: Map<string, Attempt>;
  user?: JWTPayload & { sub: string };
  tokens?: TokenSet;
  /** The API refused the token, and the user was sent to the log-in. */
  refused?: boolean;
  /** When that log-in was done. */
  again?: number;
}

const sessions = new Map<string, Session>();
const SECURE = process.env.BASE_URL!.startsWith('https:');

export function sessionOf(ctx: Context): Session | undefined {
  const session = sessions.get(ctx.cookies.get('diary', { signed: true }) ?? '');
  if (session) session.touched = Date.now();
  return session;
}

export function newSession(attempts: Session['attempts'] = new Map()): Session {
  const session: Session = { id: randomUUID(), touched: Date.now(), attempts };
  sessions.set(session.id, session);
  return session;
}

export function setCookie(ctx: Context, session: Session | undefined): void {
  ctx.cookies.set('diary', session?.id ?? null, { signed: true, httpOnly: true, sameSite: 'lax', secure: SECURE, overwrite: true });
}

export function endSession(session: Session | undefined): void {
  if (!session) return;
  sessions.delete(session.id);
  delete session.user;
  delete session.tokens;
}

setInterval(() => {
  const now = Date.now();
  for (const session of sessions.values()) {
    for (const [state, attempt] of session.attempts) if (attempt.time < now - 15 * 60_000) session.attempts.delete(state);
    if (session.touched < now - (session.user ? 12 : 1) * 3_600_000) endSession(session);
  }
}, 120_000).unref();
