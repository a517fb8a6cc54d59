import { DEMO_USERS } from '../tenant/demo-users';

export interface Credentials {
  email: string;
  name: string;
  password: string;
  /** As in user-roles.json. */
  roles: readonly string[];
  /** An attribute of their app_metadata. */
  office: string;
}

export interface Subject {
  step: number;
  /** A folder with server.ts and tenant.yaml, started in a process of its own; or … */
  appFolder?: string | undefined;
  /** … the address of an app that already runs. */
  appUrl?: string | undefined;
  /** The address of an API that already runs, in place of the one in the app's folder or the workshop's. */
  apiUrl?: string | undefined;
  /** Settings of the app that differ from those of the environment; empty for a missing one. */
  appEnv?: Record<string, string> | undefined;
  /** Whether the type checker looks at the app's files when a check fails. Default: false. */
  types?: boolean | undefined;
  /** Whether a check may start the app a second time. Default: true. */
  startsAgain?: boolean | undefined;
  /** tenant.yaml, when not the app folder's. */
  config?: string | undefined;
  /** Fixed ports for an app that already runs; 0 takes free ones. */
  tenantPort?: number | undefined;
  apiPort?: number | undefined;
  /** Where keys and credentials are stored, so that an app that already runs can keep its settings. */
  data?: string | undefined;
}

export const [ANN, BOB]: readonly [Credentials, Credentials] = DEMO_USERS;
