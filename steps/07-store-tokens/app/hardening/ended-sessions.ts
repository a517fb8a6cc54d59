import type { SessionData, Store } from 'express-session';
import { PageError } from '../errors';
import type { Locks } from '../stores/store';
import { type Done, type Found, StoreAround } from '../stores/store-around';

/** Milliseconds for which the end of a session is remembered: longer than any request takes. */
const REMEMBERED_FOR = 10 * 60_000;

const nameOf = (id: string) => `ended:${id}`;

/**
 * Attack: a request that was in flight at one process when the user logged out at another one writes its session back: the user is logged in again.
 * Protection: the end of a session is noted where all processes see it, before the session is deleted. Who writes the session looks for the note
 * afterwards, and deletes it again. So the last one of the two always deletes it.
 */
export class EndedSessions extends StoreAround {
  constructor(
    inner: Store,
    private readonly locks: Locks,
  ) {
    super(inner);
  }

  override get(id: string, done: Found): void {
    this.#unlessEnded(
      id,
      done,
      () => super.get(id, done),
      () => done(null, null),
    );
  }

  override set(id: string, session: SessionData, done: Done = () => {}): void {
    super.set(id, session, (error) => {
      if (error) return done(error);
      this.#unlessEnded(id, done, done, () => super.destroy(id, () => done(ended())));
    });
  }

  override destroy(id: string, done: Done = () => {}): void {
    this.locks.acquire(nameOf(id), 'logout', REMEMBERED_FOR).then(() => super.destroy(id, done), done);
  }

  #unlessEnded(id: string, failed: Done, lives: () => void, ended: () => void): void {
    this.locks.isHeld(nameOf(id)).then((isEnded) => (isEnded ? ended() : lives()), failed);
  }
}

const ended = () =>
  new PageError(400, 'This login is no longer open', 'You have logged out since it began.', {
    href: '/login',
    text: 'Log in again',
  });
