import type { FollowedFaults } from '../faults/follow';
import type { Tenant } from '../tenant';
import type { AppProcesses } from './app-processes';
import type { Hub } from './hub';
import type { LiveChecks } from './live-checks';
import type { OwnApi } from './own-api';
import type { Wire } from './wire/wire';

export interface Guide {
  hub: Hub;
  app: AppProcesses;
  /** The learner's API; see `serves`. */
  ownApi?: OwnApi;
  checks: LiveChecks;
  wire: Wire;
  /** The embedded tenant; undefined when the app uses a real one. */
  tenant: Tenant | undefined;
  faults: Pick<FollowedFaults, 'now' | 'look'>;
  /** Origins of the other parties, the issuer with its final slash, and the audience of access tokens. */
  places: { issuer: string; api: string; audience?: string };
  /** Called after a move changed my-app/. */
  moved(): Promise<void>;
}
