import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { Connection } from '../config/connections';
import type { TenantContext } from '../provider/context';

export type Details = Awaited<ReturnType<Provider['interactionDetails']>>;

/** The state for one request; a save replaces it for later ones. */
export interface Now {
  tenant: TenantContext;
  provider: Provider;
  handler: RequestListener;
  elsewhere: Elsewhere;
}

export interface Visit extends Now {
  req: IncomingMessage;
  res: ServerResponse;
  details: Details;
}

/** Logins at other providers as seen by the core; `connections/` implements it. */
export interface Elsewhere {
  buttons(connections: readonly Connection[], hasPassword: boolean): { name: string; label: string }[];
  /** Redirects to the provider, or to the application with an error. */
  leave(visit: Visit, connection: Connection): Promise<void>;
  /** GET or POST /login/callback. */
  callback(req: IncomingMessage, res: ServerResponse, now: Now): Promise<void>;
  /** The browser that began the login has the provider's answer. */
  answered(visit: Visit): Promise<void>;
  /** GET /samlp/metadata. */
  metadata(req: IncomingMessage, res: ServerResponse, now: Now): Promise<void>;
}
