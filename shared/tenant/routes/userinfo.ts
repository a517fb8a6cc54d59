import type { RequestHandler } from 'express';
import type { Provider } from 'oidc-provider';
import { profileFor } from '../provider/claims';
import type { TenantContext } from '../provider/context';
import { userinfoClaims } from '../provider/scripts';
import { BOUND, ownToken } from './own-token';

/**
 * GET or POST /userinfo (OpenID Connect Core 5.3). The library's own refuses JWT access tokens; a real tenant takes
 * the opaque ones and those JWTs whose audience names its /userinfo.
 */
export function userinfo(current: () => { tenant: TenantContext; provider: Provider }): RequestHandler {
  return async (req, res) => {
    const { tenant, provider } = current();
    const refuse = (reason: string, error?: string) => {
      tenant.events.emit({ type: 'userinfo refused', reason });
      const parts = [
        `realm="${new URL(tenant.issuer).host}"`,
        ...(error ? [`error="${error}"`, `error_description="${reason}"`] : []),
      ];
      res.status(401).set('WWW-Authenticate', `Bearer ${parts.join(', ')}`);
      res.json(
        error
          ? { error, error_description: reason }
          : { error: 'unauthorized', error_description: 'No access token was sent.' },
      );
    };
    res.set('Cache-Control', 'no-store');
    const sent = req.get('authorization') ?? '';
    if (/^DPoP\b/i.test(sent))
      return refuse(
        'the local tenant takes no access token with the scheme DPoP at /userinfo',
        'invalid_token',
      );
    const token = /^Bearer +(\S+)$/i.exec(sent)?.[1];
    if (token === undefined) return refuse('no access token was sent in the Authorization header');
    const found =
      token.split('.').length === 3 ? await fromJwt(token, tenant) : await fromStore(token, provider);
    if (typeof found === 'string') return refuse(found, 'invalid_token');
    if (!found.scopes.has('openid'))
      return refuse('the access token was not issued for the scope openid', 'invalid_token');
    const user = tenant.users.findById(found.sub);
    if (!user || user.blocked)
      return refuse('the user of the access token no longer exists', 'invalid_token');
    tenant.events.emit({ type: 'userinfo answered', user_id: found.sub });
    const custom = await userinfoClaims(token, tenant);
    res.json({ ...profileFor(user, found.scopes), ...custom, sub: found.sub });
  };
}

interface Found {
  sub: string;
  scopes: Set<string>;
}

async function fromJwt(token: string, tenant: TenantContext): Promise<Found | string> {
  const claims = await ownToken(token, tenant, `${tenant.issuer}userinfo`);
  if (typeof claims === 'string') return claims;
  return { sub: String(claims.sub), scopes: new Set(String(claims.scope ?? '').split(' ')) };
}

async function fromStore(token: string, provider: Provider): Promise<Found | string> {
  const found = await provider.AccessToken.find(token);
  if (!found) return 'the access token is unknown or expired';
  if (found.isSenderConstrained()) return BOUND;
  return { sub: found.accountId, scopes: new Set(found.scope?.split(' ')) };
}
