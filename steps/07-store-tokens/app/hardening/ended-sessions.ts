import type { SessionData, Store } from 'express-session';
import { PageError } from '../errors';
import type { Locks } from '../stores/store';
import { type Done, StoreAround } from '../stores/store-around';

/** Milliseconds for which the end of a session is remembered: longer than any request takes. */
const REMEMBERED_FOR = 10 * 60_000;

const nameOf = (id: string) => `ended:${id}`;

/**
 * Attack: a request that was in flight at one process when the user logged out at another one writes its session back: the user is logged in again.
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
    super.set(id, session, (error) => {
      if (error) return done(error);
      const finish = (isEnded: boolean) => (isEnded ? super.destroy(id, () => done(loggedOut())) : done());
      this.locks.isHeld(nameOf(id)).then(finish, done);
    });
  }

  override destroy(id: string, done: Done = () => {}): void {
    this.locks.acquire(nameOf(id), 'logout', REMEMBERED_FOR).then(() => super.destroy(id, done), done);
  }
}

const loggedOut = () =>
  new PageError(400, 'This login is no longer open', 'You have logged out since it began.', {
    href: '/login',
    text: 'Log in again',
  });
