import { type JWTPayload, jwtVerify } from 'jose';
import type { Caller } from './bearer';
import { reasonFor } from './hardening/reasons';
import { expectClaims, expectKind, TOLERANCE } from './hardening/token-kinds';
import type { IssuerKeys } from './keys';

/** Asymmetric only: with HS256 the published key would be the secret (RFC 8725, section 3.1). */
const ALGORITHMS = ['RS256', 'PS256'];

/** `audience` is the API's identifier; `now` is in milliseconds since the epoch. */
export interface Rules {
  keys: IssuerKeys;
  audience: string;
  now: () => number;
}

/** Validates an access token (RFC 9068, section 4). @throws InvalidToken, KeysUnavailable */
export async function verifyAccessToken(token: string, { keys, audience, now }: Rules): Promise<Caller> {
  expectKind(token);
  const issuer = await keys.issuer();
  const currentDate = new Date(now());
  try {
    // BEGIN SOLUTION 6.2
    // STUB // Task 6.2: a signature says who issued a token, and not for whom
    // STUB const { payload } = await jwtVerify(token, (header) => keys.find(header));
    const { payload } = await jwtVerify(token, (header) => keys.find(header), {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: TOLERANCE,
      currentDate,
    });
    // END SOLUTION
    expectClaims(payload, currentDate);
    return callerOf(payload);
  } catch (error) {
    throw reasonFor(error, token, { issuer, audience, algorithms: ALGORITHMS });
  }
}

function callerOf({ sub = '', scope, permissions, exp }: JWTPayload): Caller {
  return {
    sub,
    scopes: new Set(String(scope ?? '').split(' ')),
    permissions: permissions === undefined ? undefined : new Set([permissions].flat().map(String)),
    exp: Number(exp),
  };
}
