import { parseJson } from '../lib/json';
import type { Message } from '../recorder';
import { AUDIENCE } from './audience';

/** What the API does not accept in a call that it refused, in the lesson's words: from what was sent, else from its own reason. */
export function whyRefused({ status, requestHeaders, responseHeaders }: Message): string {
  const challenge = String(responseHeaders['www-authenticate'] ?? '');
  const reason = /error_description="([^"]*)"/.exec(challenge)?.[1] ?? /error="([^"]*)"/.exec(challenge)?.[1];
  if (status === 403)
    return `the access token lacks the scope ${/scope="([^"]*)"/.exec(challenge)?.[1] ?? 'that the API wants'}`;
  const { authorization } = requestHeaders;
  if (authorization === undefined) return 'the call has no Authorization header';
  const [, scheme = '', token] = /^(\S+)(?: +(\S+))?$/.exec(authorization) ?? [];
  if (token === undefined || !/^bearer$/i.test(scheme))
    return 'the word Bearer and a space are missing before the token (RFC 6750, section 2.1)';
  const claims = claimsOf(token);
  if (claims === undefined) return partsOf(token);
  const audiences = [claims.aud].flat().map(String);
  if (!audiences.includes(AUDIENCE)) {
    const kind = 'nonce' in claims || 'at_hash' in claims ? 'ID token' : 'token';
    return `the ${kind} that was sent is for ${audiences.join(' and ')} (aud), and the API takes access tokens for ${AUDIENCE}`;
  }
  return `the API says: ${reason ?? `${status}, without a reason`}`;
}

/** Why a token is no JWT that an API can read. */
export function partsOf(token: string): string {
  return token.split('.').length === 5
    ? 'the access token has five parts: it is encrypted for the tenant alone, as a real tenant issues it when the login names no API (audience)'
    : 'the access token is opaque, good for the tenant’s /userinfo only: the login did not say for which API it is (audience)';
}

/** Undefined for a token that has no payload to read. */
function claimsOf(token: string): Record<string, unknown> | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    return Object(parseJson(Buffer.from(parts[1] ?? '', 'base64url').toString()));
  } catch {
    return undefined;
  }
}
