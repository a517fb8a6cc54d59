import session from 'express-session';
import { MemoryTokenStore } from '../hardening/token-store';
import type { Locks, SharedStore } from './shared-store';

/** Milliseconds between two looks for locks that have ended. */
const SWEEP_EVERY = 60_000;

/** In this process's memory: another process sees nothing of it, and all of it ends with the process. */
export const memoryStore = (): SharedStore => ({
  sessions: new session.MemoryStore(),
  tokens: new MemoryTokenStore(),
  locks: new MemoryLocks(),
});

class MemoryLocks implements Locks {
  readonly #held = new Map<string, { owner: string; ends: number }>();
  #sweepAt = 0;

  async acquire(name: string, owner: string, ms: number): Promise<boolean> {
    this.#sweep();
    // Without an await in between: of two requests one succeeds.
    if (this.#isHeld(name)) return false;
    this.#held.set(name, { owner, ends: Date.now() + ms });
    return true;
  }

  async release(name: string, owner: string): Promise<void> {
    if (this.#held.get(name)?.owner === owner) this.#held.delete(name);
  }

  isHeld = async (name: string): Promise<boolean> => this.#isHeld(name);

  #isHeld(name: string): boolean {
    return Date.now() < (this.#held.get(name)?.ends ?? 0);
  }

  #sweep(): void {
    const now = Date.now();
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + SWEEP_EVERY;
    for (const [name, { ends }] of this.#held) if (now >= ends) this.#held.delete(name);
  }
}
