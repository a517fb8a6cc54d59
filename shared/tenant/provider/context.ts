import type { JWK } from 'jose';
import type { Store } from '../../lib/oidc-store';
import type { Pipeline } from '../actions/pipeline';
import type { Snapshot } from '../config/snapshot';
import type { EventStream } from '../events';
import type { BruteForceGuard } from '../users/brute-force';
import type { ConsentStore } from '../users/consents';
import type { UserDirectory } from '../users/directory';

/** What every part of the provider's configuration works with. */
export interface TenantContext {
  /** With a trailing slash, as Auth0's issuers have. */
  issuer: string;
  /** The configuration of this provider; a reload makes a new provider with a new one. */
  snapshot: Snapshot;
  store: Store;
  consents: ConsentStore;
  /** Lives as long as the tenant, as store and consents do. */
  users: UserDirectory;
  bruteForce: BruteForceGuard;
  /** Actions, Rules and Hooks of this configuration. */
  scripts: Pipeline;
  /** The keys that the JWKS publishes. */
  publicKeys: JWK[];
  events: EventStream;
  /** Changes the lifetime in seconds of an access token about to be issued: checks make the first one short. */
  accessTokenLifetime: (seconds: number, grant: { client_id: string; grant_type: string }) => number;
}
