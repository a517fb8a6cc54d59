import type { KoaContextWithOIDC, ResourceServer as ProviderResourceServer } from 'oidc-provider';
import { errors } from '../../lib/oidc-provider';
import type { ResourceServer } from '../config/schema';
import { grantableScopes } from './access';
import type { TenantContext } from './context';

/** The scopes of OpenID Connect that the tenant knows (OpenID Connect Core 5.4 and 11). */
export const OIDC_SCOPES = ['openid', 'profile', 'email', 'offline_access'] as const;

const URN = 'urn:audience:';

/** The RFC 8707 resource indicator for an API's identifier. Auth0 accepts any text as an identifier, RFC 8707 only an
 * absolute URI without fragment: other text travels as a URN and comes back by `toAudience`. */
export function toResource(audience: string): string {
  return URL.canParse(audience) && !audience.includes('#') ? audience : URN + encodeURIComponent(audience);
}

export function toAudience(resource: string): string {
  if (!resource.startsWith(URN)) return resource;
  try {
    return decodeURIComponent(resource.slice(URN.length));
  } catch {
    // Somebody wrote it by hand: it names no API.
    return resource;
  }
}

/** Which API a request asks for: RFC 8707 `resource`, else Auth0's `audience`, else the tenant's default. @throws
 * InvalidRequest for an application that asks for itself and names none: its token would be good for nothing. */
export function requestedResource(ctx: KoaContextWithOIDC, { snapshot }: TenantContext): string | undefined {
  const asked = ctx.oidc.params?.audience ?? ctx.oidc.body?.audience;
  const audience = typeof asked === 'string' && asked ? asked : snapshot.config.tenant.default_audience;
  if (!audience && ctx.oidc.params?.grant_type === 'client_credentials')
    throw new errors.InvalidRequest("missing required parameter 'audience'");
  return audience ? toResource(audience) : undefined;
}

/** What oidc-provider must know of the API asked for. @throws CustomOIDCProviderError access_denied, "Service not
 * found: …" for an API that does not exist; what `grantableScopes` throws. */
export function resourceServerInfo(
  ctx: KoaContextWithOIDC,
  resource: string,
  clientId: string,
  tenant: TenantContext,
): ProviderResourceServer {
  const audience = toAudience(resource);
  const api = tenant.snapshot.api(audience);
  if (!api) {
    const unknown = new errors.CustomOIDCProviderError('access_denied', `Service not found: ${audience}`);
    if (ctx.oidc.route === 'token') unknown.status = unknown.statusCode = 403;
    throw unknown;
  }
  if (api.proof_of_possession?.required && ctx.oidc.route === 'token' && !ctx.get('DPoP'))
    throw new errors.CustomOIDCProviderError(
      'invalid_dpop_proof',
      `The API ${api.identifier} requires a DPoP proof (proof_of_possession), and the request has no DPoP header`,
    );
  const machine = ctx.oidc.params?.grant_type === 'client_credentials';
  const scopes = grantableScopes(ctx, clientId, api, tenant);
  return {
    audience,
    scope: [...(machine ? [] : oidcScopes(api)), ...scopes].join(' '),
    accessTokenFormat: 'jwt',
    accessTokenTTL: api.token_lifetime,
    jwt: { sign: signing(api, tenant) },
  };
}

/** How an API's tokens are signed: with the tenant's keys, or with the secret that the API shares with the tenant. */
function signing(api: ResourceServer, { snapshot }: TenantContext) {
  if (api.signing_alg !== 'HS256') return { alg: api.signing_alg };
  const secret = snapshot.signingSecret(api.identifier);
  return { alg: 'HS256' as const, key: Buffer.from(secret ?? '') };
}

/** The scope claim of a user's access token carries the OpenID Connect scopes too, as on a real tenant. */
const oidcScopes = (api: ResourceServer) =>
  OIDC_SCOPES.filter((scope) => scope !== 'offline_access' || api.allow_offline_access);
