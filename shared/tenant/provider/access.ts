import type { KoaContextWithOIDC } from 'oidc-provider';
import { errors } from '../../lib/oidc-provider';
import type { ClientGrant, ResourceServer } from '../config/schema';
import type { TenantContext } from './context';
import { permissionsOf } from './permissions';

/** The API's scopes for this request, by access policy, client grant and, for a known user, permissions.
 * @throws CustomOIDCProviderError for no token at all: invalid_request for a user (400), access_denied else (403). */
export function grantableScopes(
  ctx: KoaContextWithOIDC,
  clientId: string,
  api: ResourceServer,
  tenant: TenantContext,
): string[] {
  return ctx.oidc.params?.grant_type === 'client_credentials'
    ? machineScopes(ctx, clientId, api, tenant)
    : userScopes(ctx, clientId, api, tenant);
}

function userScopes(
  ctx: KoaContextWithOIDC,
  clientId: string,
  api: ResourceServer,
  tenant: TenantContext,
): string[] {
  const ceiling = userCeiling(clientId, api, tenant);
  const userId = ctx.oidc.account?.accountId;
  // /authorize keeps all, so that a later role widens the next refreshed token.
  if (!api.enforce_policies || ctx.oidc.route !== 'token' || userId === undefined) return ceiling;
  const permitted = permissionsOf(userId, api, tenant);
  return ceiling.filter((scope) => permitted.includes(scope));
}

/** For any user. @throws CustomOIDCProviderError invalid_request when no token is allowed. */
export function userCeiling(clientId: string, api: ResourceServer, { snapshot }: TenantContext): string[] {
  const share = shareFor('user', clientId, api, snapshot);
  if (share) return share;
  throw refusal(
    'invalid_request',
    `Client '${clientId}' is not authorized to access resource server '${api.identifier}'.`,
    api.subject_type_authorization.user.policy === 'deny_all'
      ? `the API ${api.identifier} gives no application a token for a user (subject_type_authorization.user is deny_all)`
      : `the API ${api.identifier} wants a client grant with subject_type: user (subject_type_authorization.user is require_client_grant), and ${nameOf(clientId, snapshot)} has none`,
  );
}

/** By the API's access policy and the application's client grant.
 * @returns undefined when no token is allowed. */
export function shareFor(
  subject: 'user' | 'client',
  clientId: string,
  api: ResourceServer,
  snapshot: TenantContext['snapshot'],
): string[] | undefined {
  const { policy } = api.subject_type_authorization[subject];
  if (policy === 'allow_all') return api.scopes.map(({ value }) => value);
  const grant = policy === 'deny_all' ? undefined : snapshot.clientGrant(clientId, api.identifier, subject);
  return grant && grantedScopes(grant, api);
}

function machineScopes(
  ctx: KoaContextWithOIDC,
  clientId: string,
  api: ResourceServer,
  { snapshot }: TenantContext,
): string[] {
  const granted = shareFor('client', clientId, api, snapshot);
  if (!granted) {
    const denied = api.subject_type_authorization.client.policy === 'deny_all';
    throw refusal(
      'access_denied',
      `Client is not authorized to access '${api.identifier}'.${denied ? '' : " You need to create a 'client-grant' associated to this API."}`,
      denied
        ? `the API ${api.identifier} gives no application a token of its own (subject_type_authorization.client is deny_all)`
        : `tenant.yaml has no client grant of ${nameOf(clientId, snapshot)} for ${api.identifier} (clientGrants)`,
      403,
    );
  }
  const params = ctx.oidc.params as { scope?: string };
  const missing = [...ctx.oidc.requestParamScopes].filter((scope) => scope && !granted.includes(scope));
  if (missing.length > 0) {
    throw refusal(
      'access_denied',
      `Client has not been granted scopes: ${missing.join(', ')}`,
      `the client grant of ${nameOf(clientId, snapshot)} for ${api.identifier} has ${granted.join(', ') || 'no scope'}, and ${missing.join(', ')} was asked for`,
      403,
    );
  }
  // No scope means the whole grant; the library would grant none.
  if (!params.scope && granted.length > 0) params.scope = granted.join(' ');
  return granted;
}

function grantedScopes(grant: ClientGrant, api: ResourceServer): string[] {
  const defined = api.scopes.map(({ value }) => value);
  return grant.allow_all_scopes ? defined : defined.filter((value) => grant.scope.includes(value));
}

const nameOf = (clientId: string, snapshot: TenantContext['snapshot']): string =>
  snapshot.client(clientId)?.name ?? clientId;

/** The detail goes to the event stream only. */
function refusal(error: string, description: string, detail: string, status?: number): Error {
  const made = new errors.CustomOIDCProviderError(error, description) as Error & {
    error_detail?: string;
    status: number;
    statusCode: number;
  };
  made.error_detail = detail;
  if (status !== undefined) made.status = made.statusCode = status;
  return made;
}
