import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { ResourceServer } from '../config/schema';
import { userCeiling } from './access';
import { asSent, requestedGrant } from './consent';
import type { TenantContext } from './context';
import { refreshTokenTtl } from './lifetimes';
import { whyNotPermitted } from './permissions';

/** The library's events as the tenant's: one for each decision, with the precise reason. */
export function reportDecisions(provider: Provider, tenant: TenantContext): void {
  const { events } = tenant;
  provider.on('interaction.started', (ctx) => requested(ctx, tenant));
  provider.on('authorization.success', (ctx) => authorized(ctx, tenant));
  provider.on('authorization.error', (ctx, error) => {
    const client_id = clientId(ctx) ?? optional(ctx.query?.client_id);
    events.emit({ type: 'authorization refused', client_id, error: error.error, reason: reason(error) });
  });
  provider.on('grant.success', (ctx) => issued(ctx, tenant));
  provider.on('grant.error', (ctx, error) => {
    const client_id = clientId(ctx) ?? optional(ctx.oidc?.params?.client_id);
    const grant_type = optional(ctx.oidc?.params?.grant_type);
    events.emit({ type: 'token refused', client_id, grant_type, error: code(error), reason: reason(error) });
  });
  provider.on('grant.revoked', (ctx) => {
    const client_id = clientId(ctx) ?? '';
    events.emit({ type: 'token revoked', client_id, reason: 'the whole family was ended' });
  });
  provider.on('server_error', (_ctx, error) => {
    events.emit({ type: 'server error', reason: error.message });
  });
  reportLogouts(provider, tenant);
}

function reportLogouts(provider: Provider, { events }: TenantContext): void {
  // A confirmed logout; others are reported where they happen.
  provider.on('end_session.success', (ctx) => {
    const { params, session } = ctx.oidc;
    if (!params?.logout) return;
    const state = session?.state as { postLogoutRedirectUri?: string } | undefined;
    const returnTo = state?.postLogoutRedirectUri;
    events.emit({ type: 'logout', client_id: clientId(ctx), user_id: session?.accountId, returnTo });
  });
  provider.on('end_session.error', (ctx, error) => {
    events.emit({ type: 'logout refused', client_id: clientId(ctx), reason: reason(error) });
  });
  provider.on('backchannel.success', (_ctx, client, user_id) => {
    events.emit({ type: 'back-channel logout sent', user_id, ...recipient(client) });
  });
  provider.on('backchannel.error', (_ctx, error, client, user_id) => {
    const { message } = error.cause instanceof Error ? error.cause : error;
    events.emit({ type: 'back-channel logout refused', user_id, ...recipient(client), reason: message });
  });
}

/** RFC 6749, section 5.2; the library's code differs for a grant type that is not allowed. */
export function code(error: { error?: string | undefined; error_description?: string | undefined }): string {
  const notAllowed = /grant type is not allowed/.test(error.error_description ?? '');
  return notAllowed ? 'unauthorized_client' : (error.error ?? 'server_error');
}

/** The cause that the library never sends. */
export function reason(
  error: Error & { error_detail?: string | undefined; error_description?: string | undefined },
): string {
  return error.error_detail ?? error.error_description ?? error.message;
}

const recipient = (client: { clientId: string; backchannelLogoutUri?: unknown }) => ({
  client_id: client.clientId,
  url: String(client.backchannelLogoutUri),
});
const clientId = (ctx: KoaContextWithOIDC) => ctx.oidc?.client?.clientId;
const optional = (value: unknown) => (typeof value === 'string' && value ? value : undefined);

function authorized(ctx: KoaContextWithOIDC, tenant: TenantContext): void {
  const { account, entities, params } = ctx.oidc;
  if (!entities.Interaction) requested(ctx, tenant);
  leftOut(ctx, tenant);
  const [client_id, user_id] = [clientId(ctx) ?? '', account?.accountId ?? ''];
  if (params?.response_type === 'id_token') idTokenIssued(ctx, tenant);
  else
    tenant.events.emit({
      type: 'code issued',
      client_id,
      user_id,
      redirect_uri: String(params?.redirect_uri),
    });
}

function requested(ctx: KoaContextWithOIDC, { events }: TenantContext): void {
  // The library passes here again for each page.
  if (ctx.oidc.route === 'resume') return;
  const parameters = Object.fromEntries(
    Object.entries(asSent(ctx.oidc.params)).filter(
      (pair): pair is [string, string] => typeof pair[1] === 'string',
    ),
  );
  // A reader of the log must not be able to use it.
  if (parameters.id_token_hint) parameters.id_token_hint = '…';
  events.emit({ type: 'authorization requested', client_id: clientId(ctx), parameters });
}

/** Requested scopes that are silently left out. */
function leftOut(ctx: KoaContextWithOIDC, { events, snapshot }: TenantContext): void {
  const client_id = clientId(ctx) ?? '';
  const { oidcScopes, audience, apiScopes } = requestedGrant(ctx);
  const api = audience === undefined ? undefined : snapshot.api(audience);
  const granted = new Set([...oidcScopes, ...apiScopes]);
  for (const scope of ctx.oidc.requestParamScopes) {
    if (granted.has(scope)) continue;
    const reason = !api
      ? 'no API was asked for (no audience)'
      : api.scopes.some(({ value }) => value === scope)
        ? notInGrant(api)
        : `the API ${api.identifier} does not define it`;
    events.emit({ type: 'scope left out', client_id, scope, reason });
  }
  if (!ctx.oidc.requestParamScopes.has('offline_access')) return;
  if (api && !api.allow_offline_access) {
    events.emit({
      type: 'scope left out',
      client_id,
      scope: 'offline_access',
      reason: `the API ${api.identifier} does not allow offline access (allow_offline_access)`,
    });
  }
}

const notInGrant = ({ identifier }: ResourceServer) =>
  `the application's client grant for ${identifier} with subject_type: user does not have it`;

/** Requested scopes of the API that this user or application does not get. */
function cut(ctx: KoaContextWithOIDC, tenant: TenantContext): void {
  const { AccessToken, AuthorizationCode, RefreshToken, RotatedRefreshToken } = ctx.oidc.entities;
  const source = AuthorizationCode ?? RotatedRefreshToken ?? RefreshToken;
  const api = tenant.snapshot.api(String([AccessToken?.aud].flat()[0]));
  if (!AccessToken || !source || !api) return;
  const narrower = ctx.oidc.requestParamScopes;
  const asked = narrower.size > 0 ? narrower : source.scopes;
  const got = AccessToken.scopes;
  const lost = api.scopes.map(({ value }) => value).filter((scope) => asked.has(scope) && !got.has(scope));
  if (lost.length === 0) return;
  const client_id = clientId(ctx) ?? '';
  const ceiling = userCeiling(client_id, api, tenant);
  for (const scope of lost) {
    const byGrant = !ceiling.includes(scope);
    // Already reported at /authorize.
    if (byGrant && AuthorizationCode) continue;
    const reason = byGrant ? notInGrant(api) : whyNotPermitted(AccessToken.accountId, api, scope, tenant);
    tenant.events.emit({ type: 'scope left out', client_id, scope, reason });
  }
}

/** The implicit flow ends with the ID token. */
function idTokenIssued(ctx: KoaContextWithOIDC, { events }: TenantContext): void {
  const { account, grant, params } = ctx.oidc;
  events.emit({
    type: 'token issued',
    client_id: clientId(ctx) ?? '',
    user_id: account?.accountId,
    grant_type: 'implicit',
    tokens: ['id_token'],
    scope: String(params?.scope ?? ''),
    audience: undefined,
  });
  // A grant without a code would never be removed.
  void grant?.destroy();
}

function issued(ctx: KoaContextWithOIDC, tenant: TenantContext): void {
  const { events, store, snapshot } = tenant;
  cut(ctx, tenant);
  const { AccessToken, ClientCredentials, RefreshToken, RotatedRefreshToken } = ctx.oidc.entities;
  const client_id = clientId(ctx) ?? '';
  const body = ctx.body as Record<string, unknown>;
  const token = AccessToken ?? ClientCredentials;
  events.emit({
    type: 'token issued',
    client_id,
    user_id: AccessToken?.accountId,
    grant_type: String(ctx.oidc.params?.grant_type),
    tokens: ['access_token', 'id_token', 'refresh_token'].filter((name) => name in body),
    scope: String(body.scope ?? ''),
    audience: Array.isArray(token?.aud) ? token.aud[0] : token?.aud,
  });
  // A non-rotating refresh token: each use restarts its idle lifetime.
  const settings = snapshot.client(client_id)?.refresh_token;
  if (settings && RefreshToken && !RotatedRefreshToken && ctx.oidc.params?.grant_type === 'refresh_token') {
    const now = Math.floor(Date.now() / 1000);
    store.extend('RefreshToken', RefreshToken.jti, refreshTokenTtl(settings, RefreshToken.iiat ?? now, now));
  }
}
