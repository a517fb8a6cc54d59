import { createLocalJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { SIGNING_ALGORITHMS } from '../config/vocabulary';
import type { TenantContext } from './context';

/** RFC 9449, section 7.1: otherwise a stolen token would work. */
export const BOUND = 'the access token is bound to a key (DPoP) and cannot be used as a Bearer token';

/** With a public key, so that anyone can verify. */
const ALGORITHMS = SIGNING_ALGORITHMS.filter((alg) => alg !== 'HS256');

/** Checks a JWT access token for one of the tenant's own APIs. @returns its claims, or why it is invalid. */
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
