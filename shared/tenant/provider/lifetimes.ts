import type { KoaContextWithOIDC } from 'oidc-provider';
import type { RefreshTokenSettings } from '../config/schema';
import type { TenantContext } from './context';

const HOUR = 3600;
/** Seconds: ten years, since the library wants a number. */
const NEVER = 10 * 365 * 24 * HOUR;
/** Seconds: a day for an access token without an API, as on a real tenant. */
const OPAQUE_ACCESS_TOKEN = 24 * HOUR;

/** Seconds that a refresh token lives from now: at most `idle_token_lifetime`, and `token_lifetime` from the first
 * issue, which rotation does not change. */
export function refreshTokenTtl(settings: RefreshTokenSettings, issuedAt: number, now: number): number {
  if (settings.expiration_type === 'non-expiring') return NEVER;
  const absolute = settings.infinite_token_lifetime ? NEVER : issuedAt + settings.token_lifetime - now;
  const idle = settings.infinite_idle_token_lifetime ? NEVER : settings.idle_token_lifetime;
  return Math.max(1, Math.min(absolute, idle));
}

/** All in seconds. */
export function ttl(tenant: TenantContext) {
  const { snapshot } = tenant;
  const now = () => Math.floor(Date.now() / 1000);
  const lifetime = (ctx: KoaContextWithOIDC, seconds: number, clientId: string) =>
    tenant.accessTokenLifetime(seconds, {
      client_id: clientId,
      grant_type: String(ctx?.oidc?.params?.grant_type ?? ''),
    });
  return {
    AccessToken: (
      ctx: KoaContextWithOIDC,
      token: { resourceServer?: { accessTokenTTL?: number } },
      client: { clientId: string },
    ) => lifetime(ctx, token.resourceServer?.accessTokenTTL ?? OPAQUE_ACCESS_TOKEN, client.clientId),
    ClientCredentials: (_ctx: KoaContextWithOIDC, token: { resourceServer?: { accessTokenTTL?: number } }) =>
      token.resourceServer?.accessTokenTTL ?? OPAQUE_ACCESS_TOKEN,
    AuthorizationCode: 60,
    IdToken: (_ctx: KoaContextWithOIDC, _token: unknown, client: { clientId: string }) =>
      snapshot.client(client.clientId)?.jwt_configuration.lifetime_in_seconds ?? 10 * HOUR,
    Interaction: HOUR,
    Grant: NEVER,
    RefreshToken: (_ctx: KoaContextWithOIDC, token: { iiat?: number }, client: { clientId: string }) => {
      const settings = snapshot.client(client.clientId)?.refresh_token;
      return settings ? refreshTokenTtl(settings, token.iiat ?? now(), now()) : NEVER;
    },
    Session: (_ctx: KoaContextWithOIDC, session: { loginTs?: number }) => {
      const { session_lifetime, idle_session_lifetime } = snapshot.config.tenant;
      const absolute = (session.loginTs ?? now()) + session_lifetime * HOUR - now();
      return Math.max(1, Math.floor(Math.min(absolute, idle_session_lifetime * HOUR)));
    },
  };
}
