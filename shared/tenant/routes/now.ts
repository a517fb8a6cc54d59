import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { Connection } from '../config/connections';
import type { TenantContext } from '../provider/context';

export type Details = Awaited<ReturnType<Provider['interactionDetails']>>;

/** The state of the tenant at one request; a saved configuration replaces it between two requests. */
export interface Now {
  tenant: TenantContext;
  provider: Provider;
  /** The request handler of the provider. */
  handler: RequestListener;
  elsewhere: Elsewhere;
}

/** Logins at other providers, as the core knows them. `connections/` implements it. */
export interface Elsewhere {
  /** The connections for which the login page has a button. */
  buttons(connections: readonly Connection[], hasPassword: boolean): { name: string; label: string }[];
  /** Sends the browser to the provider of a connection, or the application the reason why it cannot. */
  leave(
    req: IncomingMessage,
    res: ServerResponse,
    details: Details,
    connection: Connection,
    now: Now,
  ): Promise<void>;
  /** GET or POST /login/callback, where the provider sends the browser back. */
  callback(req: IncomingMessage, res: ServerResponse, now: Now): Promise<void>;
  /** The browser that began the login is back with the answer of the provider. */
  answered(req: IncomingMessage, res: ServerResponse, details: Details, now: Now): Promise<void>;
  /** GET /samlp/metadata: the tenant as a SAML service provider. */
  metadata(req: IncomingMessage, res: ServerResponse, now: Now): Promise<void>;
}
