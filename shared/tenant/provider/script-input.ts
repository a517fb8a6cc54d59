import { createHash } from 'node:crypto';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { memoize } from '../../lib/memoize';
import type { Input } from '../actions/pipeline';
import { issuerParts } from '../config/issuer';
import { profileOf, type User } from '../config/user';
import { askedPrompts, asSent } from './consent';
import type { TenantContext } from './context';
import { definedRolesOf } from './permissions';
import { toAudience } from './resources';

type Json = Record<string, unknown>;

/** What the user brought back from a script's redirect. */
export interface CameBack {
  method: string;
  query: Record<string, string>;
  body: Record<string, string>;
}

/** `event` for Actions of post-login, `user` and `context` for Rules. */
export function postLoginInput(
  ctx: KoaContextWithOIDC,
  user: User,
  tenant: TenantContext,
  back?: CameBack,
): Input {
  const refresh = ctx.oidc.params?.grant_type === 'refresh_token';
  const [identity] = user.identities;
  const name = identity?.connection ?? '';
  const connection = { id: connectionId(name), name, strategy: identity?.provider ?? '' };
  const request = requestOf(ctx, tenant, back);
  const transaction = refresh ? refreshTransaction(ctx) : authorizationTransaction(ctx);
  const methods = authenticationMethods(ctx);
  const roles = definedRolesOf(user.user_id, tenant);
  const { logins_count } = user;
  const client = clientOf(ctx, tenant);
  const sessionId = refresh ? ctx.oidc.entities.RefreshToken?.sessionUid : ctx.oidc.session?.uid;
  const event: Json = {
    client,
    connection,
    user: eventUser(user),
    authorization: { roles },
    request,
    transaction,
    authentication: { methods },
    stats: { logins_count },
    tenant: { id: issuerParts(tenant.issuer).tenant },
    ...resourceServer(ctx),
    ...(sessionId === undefined ? {} : { session: { id: sessionId } }),
    ...(refresh ? { refresh_token: refreshTokenOf(ctx) } : {}),
  };
  if (!tenant.scripts.hasRules) return { event };
  const context: Json = {
    tenant: issuerParts(tenant.issuer).tenant,
    clientID: client.client_id,
    clientName: client.name,
    clientMetadata: client.metadata,
    connection: name,
    connectionID: connection.id,
    connectionStrategy: connection.strategy,
    connectionOptions: {},
    connectionMetadata: {},
    samlConfiguration: {},
    protocol: back ? 'redirect-callback' : transaction.protocol,
    stats: { loginsCount: logins_count },
    accessToken: {},
    idToken: {},
    sessionID: sessionId,
    request: { ...request, userAgent: request.user_agent },
    authentication: { methods },
    authorization: { roles },
  };
  return { event, rules: { user: eventUser(user), context } };
}

export function credentialsExchangeInput(
  ctx: KoaContextWithOIDC,
  scopes: string[],
  tenant: TenantContext,
): Input {
  const client = clientOf(ctx, tenant);
  const server = resourceServer(ctx);
  return {
    event: {
      client,
      request: requestOf(ctx, tenant),
      ...server,
      tenant: { id: issuerParts(tenant.issuer).tenant },
      transaction: { requested_scopes: scopes },
      accessToken: { customClaims: {}, scope: scopes },
    },
    hook: {
      client: {
        id: client.client_id,
        name: client.name,
        tenant: issuerParts(tenant.issuer).tenant,
        metadata: client.metadata,
      },
      scope: scopes.length > 0 ? scopes : undefined,
      audience: server.resource_server?.identifier,
    },
  };
}

function clientOf({ oidc }: KoaContextWithOIDC, { snapshot }: TenantContext) {
  const client_id = oidc.client?.clientId ?? '';
  const client = snapshot.client(client_id);
  return { client_id, name: client?.name ?? '', metadata: (client?.client_metadata ?? {}) as Json };
}

function eventUser(user: User): Json {
  const { logins_count: _, last_login: __, blocked: ___, ...rest } = profileOf(user);
  return { ...rest };
}

function requestOf(ctx: KoaContextWithOIDC, { issuer, snapshot }: TenantContext, back?: CameBack) {
  const token = ctx.oidc.route === 'token';
  const parameters = asSent(ctx.oidc.params);
  // The library's parameter, unless the application sent it.
  if (parameters.audience !== undefined || snapshot.config.tenant.default_audience !== undefined)
    delete parameters.resource;
  // Scripts must not see credentials.
  const { client_secret: _, refresh_token: __, client_assertion: ___, ...shown } = parameters;
  const asked = Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
  return {
    ip: (ctx.req.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    method: back?.method ?? ctx.method,
    hostname: issuerParts(issuer).host,
    query: back ? { ...asked, ...back.query } : token ? {} : asked,
    body: back?.body ?? (token ? asked : {}),
    user_agent: ctx.get('user-agent'),
    language: ctx.get('accept-language').split(',', 1)[0] || undefined,
    // Unknown for local addresses.
    geoip: {},
  };
}

export const words = (value: unknown) =>
  String(value ?? '')
    .split(' ')
    .filter(Boolean);

function authorizationTransaction({ oidc }: KoaContextWithOIDC) {
  const { params = {} } = oidc;
  return {
    protocol: params.response_type === 'id_token' ? 'oidc-implicit-profile' : 'oidc-basic-profile',
    requested_scopes: words(params.scope),
    redirect_uri: params.redirect_uri,
    response_type: words(params.response_type),
    response_mode: params.response_mode ?? 'query',
    state: params.state,
    prompt: askedPrompts(params),
    acr_values: words(params.acr_values),
    login_hint: params.login_hint,
    ui_locales: words(params.ui_locales),
    locale: words(params.ui_locales)[0] ?? 'en',
  };
}

function refreshTransaction({ oidc }: KoaContextWithOIDC) {
  const asked = oidc.params?.scope ?? oidc.entities.RefreshToken?.scope;
  return {
    protocol: 'oauth2-refresh-token',
    requested_scopes: words(asked),
    response_type: [],
    prompt: [],
    acr_values: [],
    ui_locales: [],
    locale: 'en',
  };
}

function refreshTokenOf({ oidc }: KoaContextWithOIDC): Json {
  const token = oidc.entities.RefreshToken;
  const iso = (seconds: number | undefined) =>
    seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();
  return {
    client_id: token?.clientId,
    session_id: token?.sessionUid,
    created_at: iso(token?.iiat ?? token?.iat),
    expires_at: iso(token?.exp),
  };
}

function authenticationMethods({ oidc }: KoaContextWithOIDC): { name: string; timestamp: string }[] {
  const { amr, at } = oidc.session
    ? { amr: oidc.session.amr, at: oidc.session.loginTs }
    : { amr: oidc.entities.RefreshToken?.amr, at: oidc.entities.RefreshToken?.authTime };
  const timestamp = new Date((at ?? 0) * 1000).toISOString();
  // Another provider does not report its methods.
  return (amr ?? ['federated']).map((name) => ({ name, timestamp }));
}

function resourceServer({ oidc }: KoaContextWithOIDC): { resource_server?: { identifier: string } } {
  const { RefreshToken, ClientCredentials } = oidc.entities;
  const granted =
    RefreshToken?.resource ?? ClientCredentials?.aud ?? Object.keys(oidc.resourceServers ?? {})[0];
  const resource = Array.isArray(granted) ? granted[0] : granted;
  return resource ? { resource_server: { identifier: toAudience(resource) } } : {};
}

/** Stable for each name; a real tenant makes one up. */
const connectionId = memoize(
  (name) => `con_${createHash('sha256').update(name).digest('base64url').replace(/[-_]/g, '').slice(0, 16)}`,
);
