import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { LARGEST_FORM, readBody } from '../../lib/body';
import { bearerChallenge, plainError } from '../../lib/oauth-error';
import { issuerParts } from '../config/issuer';
import { profileFor } from '../provider/claims';
import type { TenantContext } from '../provider/context';
import { BOUND, ownToken } from '../provider/own-token';
import { userinfoClaims } from '../provider/scripts';
import type { Now } from './now';
import { sendJson } from './send';

const IN_ADDRESS =
  'the access token was in the address (?access_token=…), where logs and histories keep it; send it in the Authorization header (RFC 6750, section 2.3)';

/** GET or POST /userinfo (OpenID Connect Core 5.3). The library refuses JWT access tokens; a real tenant accepts
 * opaque ones and JWTs for its /userinfo. */
export async function userinfo(
  req: IncomingMessage,
  res: ServerResponse,
  { tenant, provider }: Now,
): Promise<void> {
  const refuse = (reason: string, error?: 'invalid_token' | 'invalid_request') => {
    tenant.events.emit({ type: 'userinfo refused', reason });
    const problem = error && { error, error_description: reason };
    const body = problem ?? { error: 'unauthorized', error_description: 'No access token was sent.' };
    sendJson(res, error === 'invalid_request' ? 400 : 401, plainError(body), {
      'www-authenticate': bearerChallenge(issuerParts(tenant.issuer).host, problem),
    });
  };
  if (/^DPoP\b/i.test(req.headers.authorization ?? ''))
    return refuse(
      'the local tenant takes no access token with the scheme DPoP at /userinfo',
      'invalid_token',
    );
  const sent = await tokensIn(req);
  if (typeof sent === 'string') {
    res.setHeader('Connection', 'close');
    return refuse(sent, 'invalid_request');
  }
  if (sent.length > 1)
    return refuse(
      'the access token was sent more than once; send it in the Authorization header only',
      'invalid_request',
    );
  const [one] = sent;
  if (!one) return refuse('no access token was sent in the Authorization header');
  const { token } = one;
  const found =
    token.split('.').length === 3 ? await fromJwt(token, tenant) : await fromStore(token, provider);
  if (typeof found === 'string') return refuse(found, 'invalid_token');
  if (!found.scopes.has('openid'))
    return refuse('the access token was not issued for the scope openid', 'invalid_token');
  const user = tenant.users.findById(found.sub);
  if (!user || user.blocked) return refuse('the user of the access token no longer exists', 'invalid_token');
  tenant.events.emit({
    type: 'userinfo answered',
    user_id: found.sub,
    ...(one.inAddress ? { hint: IN_ADDRESS } : {}),
  });
  const custom = await userinfoClaims(token, tenant);
  sendJson(res, 200, { ...profileFor(user, found.scopes), ...custom, sub: found.sub });
}

/** Access tokens in all three places of RFC 6750, section 2; passport-auth0 knows only the URL.
 * @returns a text that says what is wrong with the body. */
async function tokensIn(req: IncomingMessage): Promise<{ token: string; inAddress?: true }[] | string> {
  const inHeader = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
  const inAddress = new URL(req.url ?? '/', 'http://localhost').searchParams.getAll('access_token');
  const inForm = await tokensInForm(req);
  if (typeof inForm === 'string') return inForm;
  return [
    ...(inHeader === undefined ? [] : [{ token: inHeader }]),
    ...inForm.map((token) => ({ token })),
    ...inAddress.map((token) => ({ token, inAddress: true as const })),
  ].filter(({ token }) => token !== '');
}

async function tokensInForm(req: IncomingMessage): Promise<string[] | string> {
  const type = req.headers['content-type'] ?? '';
  if (req.method !== 'POST' || !/^application\/x-www-form-urlencoded\b/i.test(type)) return [];
  const body = await readBody(req);
  if (body === undefined) return `the body is larger than ${LARGEST_FORM} bytes`;
  return new URLSearchParams(body).getAll('access_token');
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
