import { type SessionData, Store } from 'express-session';

export type Done = (error?: unknown) => void;
export type Found = (error: unknown, session?: SessionData | null) => void;

/** A store of sessions around another one: what a subclass does not override, the other one does. */
export class StoreAround extends Store {
  constructor(protected readonly inner: Store) {
    super();
  }

  override get(id: string, done: Found): void {
    this.inner.get(id, done);
  }

  override set(id: string, session: SessionData, done: Done = () => {}): void {
    this.inner.set(id, session, done);
  }

  override touch(id: string, session: SessionData, done: Done = () => {}): void {
    if (this.inner.touch) this.inner.touch(id, session, done);
    else done();
  }

  override destroy(id: string, done: Done = () => {}): void {
    this.inner.destroy(id, done);
  }
}
