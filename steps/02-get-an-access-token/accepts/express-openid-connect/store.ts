import type { SessionStore, SessionStorePayload } from 'express-openid-connect';

/** Sessions in this process’s memory. */
export class Sessions implements SessionStore {
  readonly #kept = new Map<string, SessionStorePayload>();

  get(id: string, done: (error: unknown, session?: SessionStorePayload | null) => void): void {
    done(null, this.#kept.get(id) ?? null);
  }

  set(id: string, session: SessionStorePayload, done?: (error?: unknown) => void): void {
    this.#kept.set(id, session);
    done?.();
  }

  destroy(id: string, done?: (error?: unknown) => void): void {
    this.#kept.delete(id);
    done?.();
  }
}
