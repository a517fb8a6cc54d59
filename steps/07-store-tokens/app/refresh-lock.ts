import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { PageError } from './errors';
import type { StoreConfig } from './store-config';
import type { Locks } from './stores/shared-store';

/** Milliseconds between two attempts to take a lock. */
const AGAIN_AFTER = 50;

/** Runs work of a session in one process at a time: a second use of a refresh token ends the login. */
export class RefreshLock {
  /** Milliseconds. */
  readonly #lifetime: number;

  constructor(
    private readonly locks: Locks,
    { lockSeconds }: Pick<StoreConfig, 'lockSeconds'>,
  ) {
    this.#lifetime = lockSeconds * 1000;
  }

  /** @param id the session's identifier. @throws PageError when another process does not finish. */
  exclusively = async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    // BEGIN SOLUTION 7.3
    // STUB // Task 7.3: one process at a time
    // STUB return work();
    const name = `refresh:${id}`;
    const owner = randomUUID();
    const giveUpAt = Date.now() + 2 * this.#lifetime;
    while (!(await this.locks.acquire(name, owner, this.#lifetime))) {
      if (Date.now() >= giveUpAt) throw busy();
      await delay(AGAIN_AFTER);
    }
    try {
      return await work();
    } finally {
      await this.locks.release(name, owner);
    }
    // END SOLUTION
  };
}

const busy = () =>
  new PageError(503, 'Try again in a moment', 'Another request renews your login, and has not finished.');
