import type { Tokens } from './tokens';

/** Tokens with the number of their version. */
export interface Versioned {
  version: number;
  tokens: Tokens;
}

/**
 * Tokens by session, apart from the session's own data: a slow request writes the session back as it was when the request began, and would
 * bring old tokens back with it. Here a write names the version it replaces, and is refused when that is no longer the current one.
 */
export interface TokenStore {
  get(sessionId: string): Promise<Versioned | undefined>;
  /** Begins anew, at a log-in. */
  put(sessionId: string, tokens: Tokens): Promise<Versioned>;
  /** Compare and swap; undefined when another version is current or the session has ended. */
  replace(sessionId: string, version: number, tokens: Tokens): Promise<Versioned | undefined>;
  delete(sessionId: string): Promise<void>;
}

/** Sessions whose tokens are kept at the same time; of more, those not used longest must log in again. */
const MOST = 10_000;

/** In this process's memory; a later step keeps them where several processes share them. */
export class MemoryTokenStore implements TokenStore {
  readonly #kept = new Map<string, Versioned>();

  async get(sessionId: string): Promise<Versioned | undefined> {
    const found = this.#kept.get(sessionId);
    if (found) this.#set(sessionId, found);
    return found;
  }

  async put(sessionId: string, tokens: Tokens): Promise<Versioned> {
    return this.#set(sessionId, { version: 1, tokens });
  }

  async replace(sessionId: string, version: number, tokens: Tokens): Promise<Versioned | undefined> {
    if (this.#kept.get(sessionId)?.version !== version) return undefined;
    return this.#set(sessionId, { version: version + 1, tokens });
  }

  async delete(sessionId: string): Promise<void> {
    this.#kept.delete(sessionId);
  }

  /** A Map keeps the order in which its keys were set: the first is the one not used longest. */
  #set(sessionId: string, value: Versioned): Versioned {
    this.#kept.delete(sessionId);
    this.#kept.set(sessionId, value);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > MOST && !oldest.done) this.#kept.delete(oldest.value);
    return value;
  }
}
