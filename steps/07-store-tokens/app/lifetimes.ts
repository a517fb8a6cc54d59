import type { SessionData, Store } from 'express-session';
import type { StoreConfig } from './store-config';
import { type Found, StoreAround } from './stores/store-around';

type Lifetime = Pick<StoreConfig, 'absoluteSeconds'>;

/** A store that ends sessions so long after their login, however much they are used. */
export class LimitedSessions extends StoreAround {
  constructor(
    inner: Store,
    private readonly lifetime: Lifetime,
  ) {
    super(inner);
  }

  override get(id: string, done: Found): void {
    super.get(id, (error, session) => {
      if (!session || !isTooOld(session, this.lifetime)) return done(error, session);
      this.destroy(id, (failed) => done(failed, null));
    });
  }
}

/** Whether the login of a session was so long ago that the session ends. */
function isTooOld({ user }: SessionData, { absoluteSeconds }: Lifetime): boolean {
  // BEGIN SOLUTION 7.4
  // STUB // Task 7.4: the absolute lifetime
  // STUB return false;
  // The login is as old as its ID token: `iat` is in seconds since the epoch (OpenID Connect Core, section 2).
  return user !== undefined && Date.now() / 1000 >= user.iat + absoluteSeconds;
  // END SOLUTION
}
