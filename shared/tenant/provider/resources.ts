import type { KoaContextWithOIDC, ResourceServer as ProviderResourceServer } from 'oidc-provider';
import { errors } from '../../lib/oidc-provider';
import type { ResourceServer } from '../config/schema';
import { grantableScopes } from './access';
import type { TenantContext } from './context';

/** OpenID Connect Core 5.4 and 11. */
export const OIDC_SCOPES = ['openid', 'profile', 'email', 'offline_access'] as const;

const URN = 'urn:audience:';

/** The RFC 8707 resource for an identifier: Auth0 allows any text, RFC 8707 only an absolute URI without fragment, so
 * other text becomes a URN; see `toAudience`. */
export function toResource(audience: string): string {
  return URL.canParse(audience) && !audience.includes('#') ? audience : URN + encodeURIComponent(audience);
}

export function toAudience(resource: string): string {
  if (!resource.startsWith(URN)) return resource;
  try {
    return decodeURIComponent(resource.slice(URN.length));
  } catch {
    // Written by hand: it names no API.
    return resource;
  }
}

/** RFC 8707 `resource`, else Auth0's `audience`, else the tenant's default.
 * @throws InvalidRequest for client_credentials without one: the token would be useless. */
export function requestedResource(ctx: KoaContextWithOIDC, { snapshot }: TenantContext): string | undefined {
  const asked = ctx.oidc.params?.audience ?? ctx.oidc.body?.audience;
  const audience = typeof asked === 'string' && asked ? asked : snapshot.config.tenant.default_audience;
  if (!audience && ctx.oidc.params?.grant_type === 'client_credentials')
    throw new errors.InvalidRequest("missing required parameter 'audience'");
  return audience ? toResource(audience) : undefined;
}

/** @throws CustomOIDCProviderError access_denied, "Service not found: …" for an unknown API; as `grantableScopes`. */
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

/** With the tenant's keys, or with the secret of an API with HS256. */
function signing(api: ResourceServer, { snapshot }: TenantContext) {
  if (api.signing_alg !== 'HS256') return { alg: api.signing_alg };
  const secret = snapshot.signingSecret(api.identifier);
  return { alg: 'HS256' as const, key: Buffer.from(secret ?? '') };
}

/** A user's access token has OpenID Connect scopes too, as on a real tenant. */
const oidcScopes = (api: ResourceServer) =>
  OIDC_SCOPES.filter((scope) => scope !== 'offline_access' || api.allow_offline_access);
