import type { KoaContextWithOIDC } from 'oidc-provider';
import { errors } from '../../lib/oidc-provider';
import type { ClientGrant, ResourceServer } from '../config/schema';
import type { TenantContext } from './context';
import { permissionsOf } from './permissions';

/**
 * The scopes of the API that this request may get, by the API's access policies (subject_type_authorization), the application's client
 * grant and, once it is known who logged in, the user's permissions.
 *
 * @throws CustomOIDCProviderError when the application may get no token at all: invalid_request for a user's (400, or at the callback),
 *   access_denied for its own (403), as Auth0 answers.
 */
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
  // At /authorize everything is left in, so that a role given later widens the next refreshed token to what was
  // consented.
  if (!api.enforce_policies || ctx.oidc.route !== 'token' || userId === undefined) return ceiling;
  const permitted = permissionsOf(userId, api, tenant);
  return ceiling.filter((scope) => permitted.includes(scope));
}

/** What the application may ask for on behalf of users, whoever they are.
 * @throws CustomOIDCProviderError invalid_request when that is no token at all. */
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

/** The scopes of an API that an application may have for users or for itself, by the API's access policy and the
 * application's client grant. @returns undefined when it may have no token at all. */
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
  // Whoever asks for no scope gets all of the grant; the library would give none.
  if (!params.scope && granted.length > 0) params.scope = granted.join(' ');
  return granted;
}

function grantedScopes(grant: ClientGrant, api: ResourceServer): string[] {
  const defined = api.scopes.map(({ value }) => value);
  return grant.allow_all_scopes ? defined : defined.filter((value) => grant.scope.includes(value));
}

const nameOf = (clientId: string, snapshot: TenantContext['snapshot']): string =>
  snapshot.client(clientId)?.name ?? clientId;

/** An error whose precise cause goes into the event stream only. */
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
