import path from 'node:path';
import type { Script } from '../actions/protocol';
import type { ConfigurationProblem } from '../config/document';
import type { Client, Role } from '../config/schema';
import type { Snapshot } from '../config/snapshot';
import { shareFor } from '../provider/access';
import type { TenantContext } from '../provider/context';
import { PATHS } from '../provider/paths';

const SUBJECTS = [
  { subject: 'user', grant: 'authorization_code' },
  { subject: 'client', grant: 'client_credentials' },
] as const;

export type Overview = ReturnType<typeof overview>;

/** What the start page and `--show` say of the tenant. @param file tenant.yaml.
 * @param problems why its last save was refused. */
export function overview(tenant: TenantContext, file: string, problems: ConfigurationProblem[] | undefined) {
  const { config, loaded } = tenant.snapshot;
  const at = (path: string) => new URL(path, tenant.issuer).href;
  return {
    issuer: tenant.issuer,
    file,
    problems,
    blocked: tenant.bruteForce.blocked(config.attackProtection.bruteForceProtection),
    apis: config.resourceServers.map((api, i) => ({
      name: api.name,
      identifier: api.identifier,
      scopes: api.scopes.map(({ value, description }) => ({ value, description: description ?? '' })),
      allow_offline_access: api.allow_offline_access,
      token_lifetime: api.token_lifetime,
      signing_alg: api.signing_alg,
      token_dialect: api.token_dialect,
      enforce_policies: api.enforce_policies,
      line: loaded.lineOf(['resourceServers', i]),
    })),
    applications: [...tenant.snapshot.clients()].map((one) => application(...one, tenant.snapshot)),
    connections: loaded.connections.map(({ name, strategy, enabled_clients }) => ({
      name,
      strategy,
      enabledClients: enabled_clients,
    })),
    roles: config.roles.map((one, i) => ({ ...role(one, tenant), line: loaded.lineOf(['roles', i]) })),
    code: [
      ...[...loaded.scripts.rules, ...loaded.scripts.postLogin].map(runs('at login')),
      ...[...loaded.scripts.hooks, ...loaded.scripts.credentialsExchange].map(
        runs('for an application itself'),
      ),
    ],
    endpoints: [
      { label: 'Discovery', url: at('/.well-known/openid-configuration') },
      { label: 'Authorization', url: at(PATHS.authorization) },
      { label: 'Token', url: at(PATHS.token) },
      { label: 'User info', url: at(PATHS.userinfo) },
      { label: 'Keys (JWKS)', url: at(PATHS.jwks) },
      { label: 'Management API', url: at('/api/v2/') },
    ],
    users: tenant.users.all().map((user) => {
      const place = tenant.users.placeOf(user.user_id);
      return {
        name: user.name,
        email: user.email ?? user.user_id,
        roles: tenant.users.rolesOf(user.user_id),
        ...(place ? { file: path.resolve(place.file), line: place.line } : {}),
      };
    }),
  };
}

function application(client_id: string, client: Client, snapshot: Snapshot) {
  const { config, loaded } = snapshot;
  return {
    name: client.name,
    client_id,
    callbacks: client.callbacks,
    grant_types: client.grant_types,
    databases: snapshot.databasesOf(client_id),
    connections: snapshot.connectionsOf(client_id).map(({ name }) => name),
    rotates: client.refresh_token.rotation_type === 'rotating',
    expires: client.refresh_token.expiration_type === 'expiring',
    line: loaded.lineOf(['clients', config.clients.indexOf(client)]),
    mayAsk: config.resourceServers.flatMap((api) =>
      SUBJECTS.flatMap(({ subject, grant }) => {
        const scopes = shareFor(subject, client_id, api, snapshot);
        if (!scopes || !client.grant_types.includes(grant)) return [];
        const offline = api.allow_offline_access && client.grant_types.includes('refresh_token');
        return [{ api: api.identifier, itself: subject === 'client', scopes, offline }];
      }),
    ),
  };
}

function role({ name, description = '' }: Role, { snapshot, users }: TenantContext) {
  const having = users.all().filter(({ user_id }) => users.rolesOf(user_id).includes(name));
  const permissions = snapshot.config.resourceServers
    .map(({ identifier: api }) => ({ api, scopes: [...snapshot.permissions(name, api)] }))
    .filter(({ scopes }) => scopes.length > 0);
  return { name, description, permissions, users: having.map((user) => user.name) };
}

const runs =
  (when: 'at login' | 'for an application itself') =>
  ({ kind, name, file }: Script) => ({ kind, name, file, runs: when });
