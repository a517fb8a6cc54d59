import type { SessionData, Store } from 'express-session';
import type { StoreConfig } from './store-config';
import { type Done, type Found, StoreAround } from './stores/store-around';

declare module 'express-session' {
  interface SessionData {
    /** When the session ends, however much it is used: milliseconds since the epoch. */
    endsAt: number;
  }
}

/** Notes in each session that is written with a user when it ends, and reads none that has ended. */
export class LimitedSessions extends StoreAround {
  constructor(
    inner: Store,
    private readonly lifetime: Pick<StoreConfig, 'absoluteSeconds'>,
  ) {
    super(inner);
  }

  override get(id: string, done: Found): void {
    super.get(id, (error, session) => {
      if (session?.endsAt === undefined || Date.now() < session.endsAt) return done(error, session);
      this.destroy(id, (failed) => done(failed, null));
    });
  }

  override set(id: string, session: SessionData, done?: Done): void {
    if (session.user) session.endsAt ??= Date.now() + this.lifetime.absoluteSeconds * 1000;
    super.set(id, session, done);
  }
}
