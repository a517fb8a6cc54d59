import type { Request } from 'express';
import { type SessionData, Store } from 'express-session';
import { PageError } from '../errors';

type Done = (error?: unknown) => void;
/** The sessions that a browser has by now, and for a new one that is not saved yet the one before it. */
type Line = { loggedOut: boolean; living: Map<string, string | undefined> };

/** How many sessions are remembered: far more than can have requests in flight. */
const MOST = 10_000;

/**
 * Attack: a request that was in flight at the logout writes its session back, or a callback begins a new one: the user is logged in again.
 * Protection: a store around the store. A session that ended remains so, and with it all that took its place. This process remembers it, where
 * the requests in flight are.
 */
export class FinalLogout extends Store {
  readonly #lines = new Map<string, Line>();

  constructor(private readonly store: Store) {
    super();
  }

  override destroy(id: string, done?: Done): void {
    const line = this.#lineOf(id);
    line.loggedOut = true;
    for (const other of line.living.keys()) if (other !== id) this.store.destroy(other);
    this.store.destroy(id, done);
  }

  override regenerate(req: Request, done: Done): void {
    const before = req.sessionID;
    const line = this.#lineOf(before);
    if (line.loggedOut) return void done(loggedOut(req));
    // express-session gives every store this function.
    (this as unknown as { generate(req: Request): void }).generate(req);
    // The one before ends when the new one is saved: a logout that comes in between must still find it.
    line.living.set(req.sessionID, before);
    this.#lines.set(req.sessionID, line);
    done();
  }

  override get(id: string, done: (error: unknown, session?: SessionData | null) => void): void {
    if (this.#hasEnded(id)) done(null, null);
    else this.store.get(id, done);
  }

  override set(id: string, session: SessionData, done: Done = () => {}): void {
    const { req } = session as SessionData & { req: Request };
    if (this.#hasEnded(id)) return void done(loggedOut(req));
    this.store.set(id, session, (error) => {
      if (this.#hasEnded(id)) return void this.store.destroy(id, () => done(loggedOut(req)));
      const { living } = this.#lineOf(id);
      const before = living.get(id);
      if (before === undefined || error) return void done(error);
      living.set(id, undefined).delete(before);
      this.store.destroy(before, done);
    });
  }

  override touch(id: string, session: SessionData, done: Done = () => {}): void {
    if (this.#hasEnded(id) || !this.store.touch) done();
    else this.store.touch(id, session, done);
  }

  #hasEnded(id: string): boolean {
    const line = this.#lines.get(id);
    return line !== undefined && (line.loggedOut || !line.living.has(id));
  }

  #lineOf(id: string): Line {
    const line = this.#lines.get(id) ?? { loggedOut: false, living: new Map([[id, undefined]]) };
    this.#lines.set(id, line);
    if (this.#lines.size > MOST) this.#lines.delete(this.#lines.keys().next().value ?? '');
    return line;
  }
}

/** Without its session the response sets no cookie: by now the browser may have that of a newer one. */
function loggedOut(req: Partial<Pick<Request, 'session'>>): PageError {
  delete req.session;
  const logIn = { href: '/login', text: 'Log in again' };
  return new PageError(400, 'This login is no longer open', 'You have logged out since it began.', logIn);
}
