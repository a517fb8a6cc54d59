import { createLocalJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { SIGNING_ALGORITHMS } from '../config/vocabulary';
import type { TenantContext } from './context';

/** RFC 9449, section 7.1: a stolen one would be as good as the owner's. */
export const BOUND = 'the access token is bound to a key (DPoP) and cannot be used as a Bearer token';

/** Those of the tenant's with a public key, by which anyone can verify. */
const ALGORITHMS = SIGNING_ALGORITHMS.filter((alg) => alg !== 'HS256');

/** Checks a JWT access token that the tenant issued for an API of its own.
 * @param audience of that API. @returns its claims, or the reason why it is no good. */
export async function ownToken(
  token: string,
  { issuer, publicKeys }: TenantContext,
  audience: string,
): Promise<JWTPayload | string> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: publicKeys }), {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp', 'sub'],
    });
    return payload.cnf === undefined ? payload : BOUND;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'the access token expired';
    if (error instanceof errors.JWTClaimValidationFailed)
      return `the access token's ${error.claim} does not fit: it must be issued by and for this tenant`;
    return 'the access token is malformed or its signature is not right';
  }
}
