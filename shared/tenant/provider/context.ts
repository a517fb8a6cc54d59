import type { JWK } from 'jose';
import type { Store } from '../../lib/oidc-store';
import type { Pipeline } from '../actions/pipeline';
import type { Snapshot } from '../config/snapshot';
import type { EventStream } from '../events';
import type { BruteForceGuard } from '../users/brute-force';
import type { ConsentStore } from '../users/consents';
import type { UserDirectory } from '../users/directory';

export interface TenantContext {
  issuer: string;
  /** A reload makes a new provider with a new snapshot. */
  snapshot: Snapshot;
  store: Store;
  consents: ConsentStore;
  users: UserDirectory;
  bruteForce: BruteForceGuard;
  scripts: Pipeline;
  publicKeys: JWK[];
  events: EventStream;
  /** Seconds of an access token about to be issued: checks shorten the first one. */
  accessTokenLifetime: (seconds: number, grant: { client_id: string; grant_type: string }) => number;
}
