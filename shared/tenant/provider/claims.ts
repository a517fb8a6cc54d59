import type { ClaimsParameterMember, JWTStructured, KoaContextWithOIDC } from 'oidc-provider';
import type { Attributes, User } from '../config/user';
import type { TenantContext } from './context';
import { permissionsOf } from './permissions';
import { words } from './script-input';
import { customClaims } from './scripts';

/** OpenID Connect Core 5.4, with Auth0's claims. */
export const CLAIMS = {
  openid: ['sub'],
  profile: ['name', 'nickname', 'picture', 'given_name', 'family_name', 'updated_at'],
  email: ['email', 'email_verified'],
};

/** undefined for a deleted or blocked user. */
export function findAccount(tenant: TenantContext, userId: string) {
  const user = tenant.users.findById(userId);
  if (!user || user.blocked) return undefined;
  return {
    accountId: userId,
    claims: (_use: string, _scope: string, _claims: Record<string, ClaimsParameterMember | null>) => ({
      sub: userId,
      ...profile(user),
    }),
  };
}

/** For the ID token and /userinfo. */
export function profileFor(user: UserProfile, scopes: ReadonlySet<string>): Record<string, unknown> {
  const names = (['profile', 'email'] as const).filter((s) => scopes.has(s)).flatMap((s) => CLAIMS[s]);
  const all: Record<string, unknown> = profile(user);
  return Object.fromEntries(names.filter((n) => all[n] !== undefined).map((n) => [n, all[n]]));
}

type UserProfile = Attributes & Pick<User, 'updated_at'>;

function profile(user: UserProfile) {
  const { name, nickname, picture, given_name, family_name, email, email_verified, updated_at } = user;
  return { name, nickname, picture, given_name, family_name, email, email_verified, updated_at };
}

/** Formats an access token in the API's dialect: Auth0's or RFC 9068's, each also with `permissions`. */
export function dressAccessToken(tenant: TenantContext, ctx: KoaContextWithOIDC, jwt: JWTStructured): void {
  const { snapshot, issuer } = tenant;
  const { client_id, jti, aud, sub, iat, exp, scope, iss } = jwt.payload;
  const audience = String(Array.isArray(aud) ? aud[0] : aud);
  const api = snapshot.api(audience);
  const machine = sub === client_id;
  const rfc9068 = api?.token_dialect.startsWith('rfc9068') === true;
  const openid = words(scope).includes('openid');
  const refreshed = ctx.oidc.params?.grant_type === 'refresh_token';
  jwt.header = { ...jwt.header, typ: rfc9068 ? 'at+jwt' : 'JWT' };
  const gty = machine ? 'client-credentials' : refreshed ? 'refresh_token' : undefined;
  jwt.payload = {
    ...others(jwt.payload),
    // The library's extraTokenClaims refuses all claims if one is named "constructor".
    ...customClaims(ctx),
    iss,
    sub: machine ? `${client_id}@clients` : sub,
    // /userinfo accepts RS256 only.
    aud: openid && !machine && api?.signing_alg === 'RS256' ? [audience, `${issuer}userinfo`] : audience,
    iat,
    exp,
    ...(scope ? { scope } : {}),
    ...(rfc9068 ? { client_id, jti } : { azp: client_id, ...(gty ? { gty } : {}) }),
    // All of the user's permissions, requested or not; for a machine, its grant.
    ...(api?.token_dialect.endsWith('_authz')
      ? { permissions: machine ? words(scope) : permissionsOf(String(sub), api, tenant) }
      : {}),
  };
}

const OWN = new Set(['client_id', 'jti', 'aud', 'sub', 'iat', 'exp', 'scope', 'iss']);

function others(payload: Record<string, unknown>): Record<string, unknown> | undefined {
  let found: Record<string, unknown> | undefined;
  for (const name in payload)
    if (!OWN.has(name)) {
      found ??= {};
      found[name] = payload[name];
    }
  return found;
}
