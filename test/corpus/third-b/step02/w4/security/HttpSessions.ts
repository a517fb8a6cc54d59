import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import type { Principal } from './Principal';

export interface AuthorizationRequest { nonce: string; codeVerifier: string; savedRequest: string }

export class HttpSession {
  readonly id = randomUUID() + randomUUID();
  principal?: Principal;
  requests = new Map<string, AuthorizationRequest>();
  /** A refused token led to the login; a login followed that. */
  refusal?: 'sent' | 'returned';
  invalidated = false;
}

declare global {
  namespace Express {
    interface Request { httpSession: HttpSession }
  }
}

export class HttpSessions {
  readonly #all = new Map<string, HttpSession>();
  constructor(private readonly secret: string, private readonly secure: boolean) {}

  filter = (req: Request, res: Response, next: NextFunction) => {
    req.httpSession = this.#find(req) ?? new HttpSession();
    // pug sees the principal of the session that the request ends with
    Object.defineProperty(res.locals, 'principal', { enumerable: true, get: () => req.httpSession.principal });
    next();
  };

  isValid = (session: HttpSession) => this.#all.get(session.id) === session;

  commit(res: Response, session: HttpSession) {
    this.#all.set(session.id, session);
    res.cookie('JSESSIONID', `${session.id}.${this.#mac(session.id)}`, this.#attributes());
  }

  /** sessionFixation().newSession(), except for the logins that are open in other tabs. */
  migrate(old: HttpSession) {
    const session = new HttpSession();
    session.requests = old.requests;
    if (old.refusal) session.refusal = 'returned';
    this.#all.delete(old.id);
    old.principal = undefined;
    return session;
  }

  invalidate(req: Request, res: Response) {
    this.#all.delete(req.httpSession.id);
    req.httpSession.invalidated = true;
    req.httpSession = new HttpSession();
    res.clearCookie('JSESSIONID', this.#attributes());
  }

  #attributes() {
    return { httpOnly: true, sameSite: 'lax' as const, secure: this.secure, path: '/' };
  }
  #mac(id: string) {
    return createHmac('sha256', this.secret).update(id).digest('hex');
  }
  #find(req: Request) {
    const match = /(?:^|; *)JSESSIONID=([\w-]+)\.([0-9a-f]{64})(?=;|$)/.exec(req.headers.cookie ?? '');
    if (!match) return undefined;
    return timingSafeEqual(Buffer.from(match[2]), Buffer.from(this.#mac(match[1]))) ? this.#all.get(match[1]) : undefined;
  }
}
