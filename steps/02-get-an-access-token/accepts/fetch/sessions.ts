import { randomBytes } from 'node:crypto';
import type http from 'node:http';
import { Problem } from './pages';
import type { Tokens } from './tokens';

export interface Session {
  id: string;
  user?: { name: string; email: string };
  tokens?: Tokens;
  /** Logins under way, by state. */
  logins: Map<string, { nonce: string; verifier: string }>;
  /** The page that the user asked for before the login. */
  wanted?: string;
}

const sessions = new Map<string, Session>();

export const random = () => randomBytes(32).toString('base64url');

/** The session of the browser's cookie, or a new one. */
export function sessionOf(req: http.IncomingMessage, res: http.ServerResponse): Session {
  const id = /(?:^|;\s*)sid=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1] ?? '';
  return sessions.get(id) ?? begin(res, { logins: new Map() });
}

/** Gives what the session holds a new identifier: the one from before the login may be known to somebody else. */
export function renew(session: Session, res: http.ServerResponse): Session {
  // Who has logged out while the tokens were fetched remains logged out.
  if (!sessions.delete(session.id)) throw new Problem(400, 'This login is over: you have logged out since.');
  return begin(res, session);
}

export function end(session: Session): void {
  sessions.delete(session.id);
}

function begin(res: http.ServerResponse, data: Omit<Session, 'id'>): Session {
  const session = { ...data, id: random() };
  sessions.set(session.id, session);
  const secure = process.env.BASE_URL?.startsWith('https:') ? '; Secure' : '';
  res.setHeader('Set-Cookie', `sid=${session.id}; Path=/; HttpOnly; SameSite=Lax${secure}`);
  return session;
}
