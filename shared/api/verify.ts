import { hash, type KeyObject } from 'node:crypto';
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import QuickLRU from 'quick-lru';
import type { IssuerKeys, KeySet } from './keys';
import { type Caller, InvalidToken } from './types';

/** Asymmetric only: with HS256 the published key would be the secret. */
const ALGORITHMS = ['RS256', 'PS256'];
/** Seconds of clock difference. */
const TOLERANCE = 30;
/** Verified tokens to remember; only their hashes are stored. */
const REMEMBERED = 1000;

/** Makes the check of an access token (RFC 9068, section 4, and Auth0's dialects). A verified token is remembered by
 * its SHA-256 until it expires or the tenant's keys change. @param now milliseconds since the epoch. */
export function tokenVerifier(
  keys: IssuerKeys,
  audience: string,
  now: () => number = Date.now,
): (token: string) => Promise<Caller> | Caller {
  const verified = new QuickLRU<string, Verified>({ maxSize: REMEMBERED });
  return (token) => {
    const id = sha256(token);
    const known = verified.get(id);
    // Compared with the current keys: one may be revoked.
    if (known && known.by === keys.inForce && known.caller.exp * 1000 > now()) return known.caller;
    return verify(token, keys, audience, now).then((found) => {
      verified.set(id, found);
      return found.caller;
    });
  };
}

// Measured faster than createHash.
const sha256 = (text: string) => hash('sha256', text, 'base64url');

interface Verified {
  caller: Caller;
  by: KeySet;
}

async function verify(
  token: string,
  keys: IssuerKeys,
  audience: string,
  now: () => number,
): Promise<Verified> {
  const { alg, kid, typ, crit } = header(token);
  if (!ALGORITHMS.includes(alg ?? ''))
    throw new InvalidToken(
      'alg',
      `the token's alg is ${alg ?? 'missing'}; it must be one of ${ALGORITHMS.join(', ')}`,
    );
  if (!/^(at\+)?jwt$/i.test((typ ?? '').replace(/^application\//i, ''))) {
    throw new InvalidToken(
      'typ',
      `the token's typ is ${typ ?? 'missing'}; an access token has JWT or at+jwt`,
    );
  }
  // RFC 7515, section 4.1.11: an unknown critical extension must be refused.
  if (crit !== undefined)
    throw new InvalidToken(
      'crit',
      "the token's header has a critical extension (crit), and none is understood",
    );
  if (!kid) throw new InvalidToken('kid', 'the token names no key (kid)');
  const by = await keys.find(kid);
  const key = by.keys.get(kid);
  if (!key) throw new InvalidToken('key', 'the token was signed with a key that the tenant does not publish');
  const payload = await claims(token, key, { issuer: by.issuer, audience, now: now() });
  return { caller: caller(payload), by };
}

function header(token: string) {
  let found: ReturnType<typeof decodeProtectedHeader>;
  try {
    found = decodeProtectedHeader(token);
  } catch {
    throw new InvalidToken(
      'jwt',
      'the token is not a JWT: an access token asked for without an audience is opaque, and no API can read it',
    );
  }
  // Not verified yet: members may have any type.
  for (const name of ['alg', 'typ', 'kid'] as const)
    if (found[name] !== undefined && typeof found[name] !== 'string')
      throw new InvalidToken(name, `the token's ${name} is not a text`);
  return found;
}

async function claims(
  token: string,
  key: KeyObject,
  { issuer, audience, now }: { issuer: string; audience: string; now: number },
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      clockTolerance: TOLERANCE,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'sub'],
    });
    // The tolerance covers a sender's fast clock, not a longer life.
    if (Number(payload.exp) * 1000 <= now) throw new InvalidToken('exp', 'the token expired');
    if (typeof payload.iat === 'number' && payload.iat * 1000 > now + TOLERANCE * 1000) {
      throw new InvalidToken('iat', "the token's iat lies in the future");
    }
    return payload;
  } catch (error) {
    throw explained(error, issuer, audience);
  }
}

function explained(error: unknown, issuer: string, audience: string): unknown {
  if (error instanceof errors.JWTExpired) return new InvalidToken('exp', 'the token expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    if (reason === 'missing') return new InvalidToken('claims', `the token has no ${claim}`);
    if (claim === 'aud') return new InvalidToken('aud', `the token's aud does not contain ${audience}`);
    if (claim === 'iss') return new InvalidToken('iss', `the token's iss is not ${issuer}`);
    if (claim === 'nbf' && reason === 'check_failed')
      return new InvalidToken('nbf', 'the token is not valid yet (nbf)');
    return new InvalidToken('times', `the token's ${claim} is not right`);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return new InvalidToken('signature', "the token's signature is not right");
  if (error instanceof errors.JOSEError) {
    const check = error instanceof errors.JWTInvalid ? 'claims' : 'jwt';
    return new InvalidToken(check, `the token is malformed: ${error.message}`);
  }
  return error;
}

function caller(payload: JWTPayload): Caller {
  const { sub, scope, permissions, exp, cnf, iat } = payload;
  if (cnf !== undefined)
    throw new InvalidToken('cnf', 'the token is bound to a key (cnf) and cannot be used as a Bearer token');
  if (typeof sub !== 'string' || sub === '') throw new InvalidToken('sub', 'the token has no sub');
  if (scope !== undefined && typeof scope !== 'string')
    throw new InvalidToken('scope', "the token's scope is not a string");
  if (iat !== undefined && typeof iat !== 'number')
    throw new InvalidToken('times', "the token's iat is not a number");
  if (permissions !== undefined && !isListOfTexts(permissions))
    throw new InvalidToken('permissions', "the token's permissions are not a list of strings");
  return {
    sub,
    exp: Number(exp),
    scopes: new Set(scope?.split(' ').filter(Boolean)),
    permissions: permissions && new Set(permissions),
  };
}

const isListOfTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
