import type { Connection } from './connections';
import type { ClientCredentials } from './credentials';
import type { LoadedConfig } from './load';
import { isManagementAudience } from './management-audience';
import type { Client, ClientGrant, ResourceServer, Role, TenantConfig } from './schema';

/** An API of the tenant itself, and its application; neither is in tenant.yaml. */
export interface SystemApi {
  audience: string;
  resourceServer: ResourceServer;
  application: Client;
  account: { client_id: string; client_secret: string };
  grant: ClientGrant;
}

/** One valid version of the configuration, indexed; a reload makes a new one. */
export class Snapshot {
  readonly config: TenantConfig;
  readonly #apis: Map<string, ResourceServer>;
  readonly #clients = new Map<string, Client>();
  readonly #roles = new Map<string, { role: Role; permissions: Map<string, string[]> }>();
  management: SystemApi | undefined;

  constructor(
    readonly loaded: LoadedConfig,
    /** By application name. */
    readonly credentials: ReadonlyMap<string, ClientCredentials>,
    /** By API identifier, for HS256. */
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

  /** The same with one more callback for each application that has any. */
  withCallback(callback: string): Snapshot {
    const clients = this.config.clients.map((client) =>
      client.callbacks.length > 0 ? { ...client, callbacks: [...client.callbacks, callback] } : client,
    );
    const loaded = { ...this.loaded, config: { ...this.config, clients } };
    return new Snapshot(loaded, this.credentials, this.signingSecrets);
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

  clients(): IterableIterator<[clientId: string, client: Client]> {
    return this.#clients.entries();
  }

  /** undefined if tenant.yaml has none. Some files have them under connections. */
  get databases(): { name: string; enabled_clients: string[] }[] | undefined {
    const { databases, connections } = this.config;
    const others = connections.filter(({ strategy }) => strategy === 'auth0');
    return databases === undefined && others.length === 0 ? undefined : [...(databases ?? []), ...others];
  }

  /** The connection of users.json's users: the first database. */
  get firstDatabase(): string {
    return this.databases?.[0]?.name ?? DEFAULT_DATABASE;
  }

  /** Names of the databases that are enabled for an application. */
  databasesOf(clientId: string): string[] {
    const { databases } = this;
    // Without databases, all applications use the demo users.
    if (databases === undefined) return [DEFAULT_DATABASE];
    const name = this.client(clientId)?.name ?? '';
    return databases
      .filter(({ enabled_clients }) => enabled_clients.some((one) => one === name || one === clientId))
      .map((database) => database.name);
  }

  /** Connections that are enabled for an application, if the tenant serves them. */
  connectionsOf(clientId: string): Connection[] {
    const name = this.client(clientId)?.name ?? '';
    return this.loaded.connections.filter(({ enabled_clients }) =>
      enabled_clients.some((one) => one === name || one === clientId),
    );
  }

  hasConnection(name: string): boolean {
    const { databases = [{ name: DEFAULT_DATABASE }], connections } = this.config;
    return [...databases, ...connections].some((one) => one.name === name);
  }

  role(name: string): Role | undefined {
    return this.#roles.get(name)?.role;
  }

  /** Empty for a role that tenant.yaml does not define. */
  permissions(role: string, audience: string): readonly string[] {
    return this.#roles.get(role)?.permissions.get(audience) ?? [];
  }

  signingSecret(audience: string): string | undefined {
    return this.signingSecrets.get(audience);
  }

  /** In tenant.yaml, client_id is a name. */
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

/** Every new Auth0 tenant has it. */
const DEFAULT_DATABASE = 'Username-Password-Authentication';
