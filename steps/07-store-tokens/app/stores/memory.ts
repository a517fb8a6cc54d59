import session from 'express-session';
import { MemoryTokenStore } from '../hardening/token-store';
import type { Locks, SharedStore } from './store';

/** In this process's memory: another process sees nothing of it, and all of it ends with the process. */
export const memoryStore = (): SharedStore => ({
  sessions: new session.MemoryStore(),
  tokens: new MemoryTokenStore(),
  locks: new MemoryLocks(),
});

class MemoryLocks implements Locks {
  readonly #held = new Map<string, { owner: string; ends: number }>();

  async acquire(name: string, owner: string, ms: number): Promise<boolean> {
    if (await this.isHeld(name)) return false;
    this.#held.set(name, { owner, ends: Date.now() + ms });
    return true;
  }

  async release(name: string, owner: string): Promise<void> {
    if (this.#held.get(name)?.owner === owner) this.#held.delete(name);
  }

  async isHeld(name: string): Promise<boolean> {
    for (const [one, { ends }] of this.#held) if (Date.now() >= ends) this.#held.delete(one);
    return this.#held.has(name);
  }
}
