import type { Request, RequestHandler } from 'express';
import type { SessionData, Store } from 'express-session';
import { PageError } from '../errors';
import type { Locks } from '../stores/shared-store';
import { type Done, StoreAround } from '../stores/store-around';

/** Milliseconds for which the end of a session is remembered: longer than any request takes. */
const REMEMBERED_FOR = 10 * 60_000;

const nameOf = (id: string) => `ended:${id}`;

/** The session with which a request began: a callback goes on with a new one. */
const begunWith = new WeakMap<Request, string>();

export const rememberSession: RequestHandler = (req, _res, next) => {
  begunWith.set(req, req.sessionID);
  next();
};

/**
 * Attack: a request that was in flight at one process when the user logged out at another one writes its session back, or a callback begins a
 * new one: the user is logged in again.
 * Protection: the end of a session is noted where all processes see it, before the session is deleted. Who writes a session looks for the note
 * afterwards, and deletes the session again. So the last one of the two always deletes it.
 */
export class EndedSessions extends StoreAround {
  constructor(
    inner: Store,
    private readonly locks: Locks,
  ) {
    super(inner);
  }

  override set(id: string, session: SessionData, done: Done = () => {}): void {
    const { req } = session as SessionData & { req: Request };
    const finish = (isEnded: boolean) => {
      if (isEnded) return super.destroy(id, () => done(loggedOut(req)));
      // From now on, the session before it may end: it has been replaced.
      begunWith.set(req, id);
      done();
    };
    super.set(id, session, (error) => {
      if (error) return done(error);
      this.#isEnded(id, begunWith.get(req) ?? id).then(finish, done);
    });
  }

  override destroy(id: string, done: Done = () => {}): void {
    this.locks.acquire(nameOf(id), 'logout', REMEMBERED_FOR).then(() => super.destroy(id, done), done);
  }

  async #isEnded(id: string, before: string): Promise<boolean> {
    if (await this.locks.isHeld(nameOf(id))) return true;
    return before !== id && this.locks.isHeld(nameOf(before));
  }
}

/** Without its session the response sets no cookie: by now the browser may have that of a newer one. */
function loggedOut(req: Partial<Pick<Request, 'session'>>): PageError {
  delete req.session;
  const logIn = { href: '/login', text: 'Log in again' };
  return new PageError(400, 'This login is no longer open', 'You have logged out since it began.', logIn);
}
