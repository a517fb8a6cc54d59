import { randomBytes } from 'node:crypto';

export interface Attempt { nonce: string; verifier: string; returnTo: string; outcome?: Promise<Session> }
export interface Tokens { access: string; refresh?: string; scope?: string; issued: number; ends: number; due: number }

export class Session {
  readonly id = randomBytes(32).toString('hex');
  readonly attempts = new Map<string, Attempt>();
  user?: any;
  tokens?: Tokens;
  strikes = 0;
}

export class SessionStore {
  #all = new Map<string, Session>();
  of(id?: string) {
    return this.#all.get(id ?? '') ?? new Session();
  }
  has(id: string) {
    return this.#all.has(id);
  }
  add(s: Session) {
    this.#all.set(s.id, s);
  }
  remove(s: Session) {
    this.#all.delete(s.id);
  }
  /** The one who logged in gets a session of his own, under a new name. */
  replace(old: Session, state: string, user: any, tokens: Tokens) {
    const s = new Session();
    for (const [name, attempt] of old.attempts) if (name !== state) s.attempts.set(name, attempt);
    s.user = user;
    s.tokens = tokens;
    s.strikes = old.strikes && 2;
    this.remove(old);
    this.add(s);
    return s;
  }
}
