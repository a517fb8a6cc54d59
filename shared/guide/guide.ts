import type { FollowedFaults } from '../faults/follow';
import type { Tenant } from '../tenant';
import type { Hub } from './hub';
import type { LiveChecks } from './live-checks';
import type { RunningApp } from './running-app';
import type { Wire } from './wire/wire';

/** What the pages of the guide are made from. */
export interface Guide {
  hub: Hub;
  app: RunningApp;
  checks: LiveChecks;
  wire: Wire;
  /** The embedded tenant; undefined when the app uses a real one. */
  tenant: Tenant | undefined;
  /** How tenant and API fail on purpose. */
  faults: Pick<FollowedFaults, 'now' | 'look'>;
  /** Where the other parties are: origins, the issuer with its final slash; and whom the API's access tokens are for. */
  places: { issuer: string; api: string; audience?: string };
  /** Called after a move changed my-app/: whoever needs to know of it follows. */
  moved(): Promise<void>;
}
