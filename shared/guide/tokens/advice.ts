import type { Outcome } from '../../api/checks';
import type { TokenCheck } from '../../api/types';
import { textOf } from '../../lib/json';
import type { Parts, TokenKind } from './kind';
import { duration } from './times';

export interface Found {
  kind: TokenKind['kind'];
  parts: Parts | undefined;
  issuer: string;
  audience: string;
  failed: Outcome | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Likely causes and what to do, in sentences; the likeliest first. */
export function likelyCauses(found: Found): string[] {
  const { kind, parts, failed } = found;
  const sentences: string[] = [];
  if (kind === 'ID token')
    sentences.push(
      'This is an ID token: it identifies the user to the app. An API accepts access tokens only. Send the access_token from the same answer.',
    );
  if (kind === 'logout token')
    sentences.push('This is a logout token. It is for an app, and no API accepts it.');
  if (kind === 'refresh token')
    sentences.push('The app sends it only to the token endpoint, to get a new access token.');
  if (kind === 'opaque')
    sentences.push(
      `No API can read it. An access token for this API is a JWT: the app must send audience=${found.audience} to the authorization endpoint.`,
    );
  if (kind === 'encrypted')
    sentences.push('The API accepts signed tokens (JWS), not encrypted tokens (JWE).');
  if (kind === 'none')
    sentences.push('Copy the value of access_token or id_token from an answer of the token endpoint.');
  if (kind === 'broken')
    sentences.push('Copy the token again, up to the quotation mark or the end of the line.');
  if (!parts) return sentences;
  const why = failed && ADVICE[failed.check]?.(parts, found);
  if (why) sentences.push(why);
  if (['jwk', 'jku', 'x5c', 'x5u'].some((name) => name in parts.header))
    sentences.push(
      'Its header brings or names a key (jwk, jku, x5c, x5u). A verifier that trusts this key accepts every forged token. The API uses only the keys of its own tenant.',
    );
  return sentences;
}

const ADVICE: Partial<Record<TokenCheck, (parts: Parts, found: Found) => string | undefined>> = {
  alg: ({ header }) => {
    const alg = textOf(header.alg ?? 'missing');
    if (/^none$/i.test(alg))
      return 'alg is none: the token is not signed, so anybody can write one. A verifier that lets the token choose the algorithm accepts such a token (RFC 8725, section 2.1).';
    if (alg.startsWith('HS'))
      return `${alg} signs with a secret that both sides share. A verifier that uses the tenant’s public key as that secret accepts tokens that anybody can make (RFC 8725, section 2.1); so the API allows RS256 and PS256 only.`;
    return `The workshop’s API allows RS256 and PS256. Where tenant.yaml has the API’s tokens signed with ${alg}, its own API must know that.`;
  },
  key: ({ claims }, { issuer }) =>
    claims.iss === issuer
      ? 'The tenant’s keys have changed. After a restart with --reset, old tokens are invalid. Log in again.'
      : 'It comes from another issuer. The API uses only the keys of its own tenant.',
  signature: () =>
    'The key belongs to the tenant, but the signature does not match. The header or the claims were changed after signing, or the token is incomplete.',
  iss: ({ claims }, { issuer }) =>
    differsBySlash(claims.iss, issuer)
      ? `iss and the tenant’s issuer ${issuer} differ by the final slash: they are compared letter by letter.`
      : undefined,
  aud: ({ claims }, { audience, kind }) => {
    if (kind === 'ID token') return undefined;
    const audiences = [claims.aud].flat();
    const given = audiences.map(textOf).join(', ');
    if (audiences.some((one) => differsBySlash(one, audience)))
      return `aud is ${given}, the API is ${audience}: they differ by the final slash and are compared letter by letter.`;
    return `It is for ${given}. The app must send audience=${audience} to the authorization endpoint.`;
  },
  exp: ({ claims }, { now }) =>
    typeof claims.exp === 'number'
      ? `It expired ${duration(Math.max(0, Math.round(now / 1000 - claims.exp)))} ago. The app gets a new one with its refresh token, or by a new login.`
      : undefined,
  times: () => 'Times are seconds since 1970, as numbers without quotes.',
  nbf: () => 'The token is not valid yet, or the clock of the tenant or of this machine is wrong.',
  iat: () => 'It was issued in the future: the clock of the tenant or of this machine is wrong.',
};

const differsBySlash = (one: unknown, other: string): boolean =>
  one !== other && typeof one === 'string' && one.replace(/\/$/, '') === other.replace(/\/$/, '');
