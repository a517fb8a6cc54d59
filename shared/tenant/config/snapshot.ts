import type { Connection } from './connections';
import type { ClientCredentials } from './credentials';
import type { LoadedConfig } from './load';
import { isManagementAudience } from './management-audience';
import type { Client, ClientGrant, ResourceServer, Role, TenantConfig } from './schema';

/** An API of the tenant itself, with the application that may call it; neither is in tenant.yaml. */
export interface SystemApi {
  audience: string;
  resourceServer: ResourceServer;
  application: Client;
  /** The application's credentials. */
  account: { client_id: string; client_secret: string };
  /** What the application may do. */
  grant: ClientGrant;
}

/** One valid state of the tenant's configuration, made ready for look-ups; a reload makes a new one. */
export class Snapshot {
  readonly config: TenantConfig;
  readonly #apis: Map<string, ResourceServer>;
  readonly #clients = new Map<string, Client>();
  readonly #roles = new Map<string, { role: Role; permissions: Map<string, string[]> }>();
  /** The Management API. */
  management: SystemApi | undefined;

  constructor(
    readonly loaded: LoadedConfig,
    /** By the application's name. */
    readonly credentials: ReadonlyMap<string, ClientCredentials>,
    /** By the API's identifier, of those that are signed with HS256. */
    private readonly signingSecrets: ReadonlyMap<string, string> = new Map(),
  ) {
    this.config = loaded.config;
    this.#apis = new Map(this.config.resourceServers.map((api) => [api.identifier, api]));
    for (const role of this.config.roles) {
      const permissions = new Map<string, string[]>();
      for (const { resource_server_identifier: api, permission_name } of role.permissions)
        permissions.set(api, [...(permissions.get(api) ?? []), permission_name]);
      this.#roles.set(role.name, { role, permissions });
    }
    for (const client of this.config.clients) {
      const id = credentials.get(client.name)?.client_id;
      if (id) this.#clients.set(id, client);
    }
  }

  api(identifier: string): ResourceServer | undefined {
    return (
      this.#apis.get(identifier) ??
      (this.management?.audience === identifier ? this.management.resourceServer : undefined)
    );
  }

  client(clientId: string): Client | undefined {
    return (
      this.#clients.get(clientId) ??
      (this.management?.account.client_id === clientId ? this.management.application : undefined)
    );
  }

  /** Those of tenant.yaml. */
  clients(): IterableIterator<[clientId: string, client: Client]> {
    return this.#clients.entries();
  }

  /** The databases of tenant.yaml; undefined where it says nothing of any. Some files have them among the connections. */
  get databases(): { name: string; enabled_clients: string[] }[] | undefined {
    const { databases, connections } = this.config;
    const others = connections.filter(({ strategy }) => strategy === 'auth0');
    return databases === undefined && others.length === 0 ? undefined : [...(databases ?? []), ...others];
  }

  /** The connection to which users.json's users belong: the first database. */
  get firstDatabase(): string {
    return this.databases?.[0]?.name ?? DEFAULT_DATABASE;
  }

  /** The databases whose users may log in with an application, by the names that tenant.yaml gives them. */
  databasesOf(clientId: string): string[] {
    const { databases } = this;
    // A file that says nothing of databases has the demonstration's users, for all.
    if (databases === undefined) return [DEFAULT_DATABASE];
    const name = this.client(clientId)?.name ?? '';
    return databases
      .filter(({ enabled_clients }) => enabled_clients.some((one) => one === name || one === clientId))
      .map((database) => database.name);
  }

  /** The other connections whose users may log in with an application, as far as the tenant serves them. */
  connectionsOf(clientId: string): Connection[] {
    const name = this.client(clientId)?.name ?? '';
    return this.loaded.connections.filter(({ enabled_clients }) =>
      enabled_clients.some((one) => one === name || one === clientId),
    );
  }

  /** A connection's name that stands in tenant.yaml, whoever may use it. */
  hasConnection(name: string): boolean {
    const { databases = [{ name: DEFAULT_DATABASE }], connections } = this.config;
    return [...databases, ...connections].some((one) => one.name === name);
  }

  role(name: string): Role | undefined {
    return this.#roles.get(name)?.role;
  }

  /** What a role permits at an API; nothing for a role that tenant.yaml does not define. */
  permissions(role: string, audience: string): readonly string[] {
    return this.#roles.get(role)?.permissions.get(audience) ?? [];
  }

  /** What an API with HS256 shares with the tenant. */
  signingSecret(audience: string): string | undefined {
    return this.signingSecrets.get(audience);
  }

  /** tenant.yaml names the application in a client grant by its name. */
  clientGrant(
    clientId: string,
    audience: string,
    subjectType: ClientGrant['subject_type'],
  ): ClientGrant | undefined {
    const { management } = this;
    const forManagement = audience === management?.audience;
    if (forManagement && clientId === management?.account.client_id) return management.grant;
    const name = this.client(clientId)?.name;
    return this.config.clientGrants.find(
      (grant) =>
        (grant.audience === audience || (forManagement && isManagementAudience(grant.audience))) &&
        grant.subject_type === subjectType &&
        (grant.client_id === name || grant.client_id === clientId),
    );
  }

  /** Every application that may ask for tokens, with its credentials. */
  registrations(): (ClientCredentials & { client: Client })[] {
    const own = [...this.clients()].map(([client_id, client]) => ({
      ...this.credentials.get(client.name),
      client_id,
      client,
    }));
    return this.management
      ? [...own, { ...this.management.account, client: this.management.application }]
      : own;
  }
}

/** The database that every new tenant of Auth0's has. */
const DEFAULT_DATABASE = 'Username-Password-Authentication';
