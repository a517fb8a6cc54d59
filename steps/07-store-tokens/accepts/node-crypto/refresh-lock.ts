import { randomInt } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { PageError } from './errors';
import type { StoreConfig } from './store-config';
import type { Locks } from './stores/shared-store';

/** Counts the locks of this process: two of them never have the same owner. */
let count = 0;

export class RefreshLock {
  constructor(
    private readonly locks: Locks,
    private readonly config: Pick<StoreConfig, 'lockSeconds'>,
  ) {}

  exclusively = async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    count += 1;
    const owner = `${hostname()}/${process.pid}/${count}`;
    await this.#take(id, owner);
    // Whatever comes of the work, the lock is released before anybody hears of it.
    const [outcome] = await Promise.allSettled([work()]);
    await this.locks.release(id, owner);
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  };

  /** Who waits asks again at random moments, so that two do not ask in step. */
  async #take(id: string, owner: string): Promise<void> {
    const ms = this.config.lockSeconds * 1000;
    const until = Date.now() + 3 * ms;
    do {
      if (await this.locks.acquire(id, owner, ms)) return;
      await delay(randomInt(10, 90));
    } while (Date.now() < until);
    throw new PageError(503, 'Too many requests', 'Another request of yours takes its time. Try again.');
  }
}
