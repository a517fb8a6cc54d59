/** Stores what belongs to a session, by the session's identifier. */
export interface TokenStore<T extends { version: number }> {
  get(id: string): Promise<T | undefined>;
  put(id: string, tokens: T): Promise<void>;
  /** Compare and swap: false if another version than the given one is stored by now, or none. */
  replace(id: string, version: number, tokens: T): Promise<boolean>;
  delete(id: string): Promise<void>;
  /** Runs some work while no other process of the app runs work of this session. */
  exclusively<R>(id: string, work: () => Promise<R>): Promise<R>;
}

/** Sessions whose tokens are stored at the same time. */
const MOST = 10_000;

/**
 * Attack: a request that was in flight at the logout, or that waited while another one refreshed, stores its old tokens again; and somebody
 * logs in again and again, until the tokens of all these sessions fill the memory.
 * Protection: a write names the version that it replaces. Of too many sessions, those that were not used for longest must log in again.
 */
export class MemoryTokenStore<T extends { version: number }> implements TokenStore<T> {
  /** In this process's memory. A Map has the order in which its keys were set: the first is the one not used for longest. */
  readonly #stored = new Map<string, T>();

  async get(id: string): Promise<T | undefined> {
    const found = this.#stored.get(id);
    if (found) await this.put(id, found);
    return found;
  }

  async put(id: string, tokens: T): Promise<void> {
    this.#stored.delete(id);
    this.#stored.set(id, tokens);
    const oldest = this.#stored.keys().next();
    if (this.#stored.size > MOST && !oldest.done) this.#stored.delete(oldest.value);
  }

  async replace(id: string, version: number, tokens: T): Promise<boolean> {
    if (this.#stored.get(id)?.version !== version) return false;
    await this.put(id, tokens);
    return true;
  }

  async delete(id: string): Promise<void> {
    this.#stored.delete(id);
  }

  /** There is no other process. */
  exclusively = <R>(_id: string, work: () => Promise<R>): Promise<R> => work();
}
