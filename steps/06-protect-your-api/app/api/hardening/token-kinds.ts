import { decodeProtectedHeader, type JWTPayload } from 'jose';
import { InvalidToken } from '../bearer';

/**
 * Stops: a token of another kind that the same issuer signed (a logout token, a token that is bound to a key) in the place
 * of an access token, and claims of another type than the API reads (RFC 8725, sections 3.11 and 3.12).
 */

/** Seconds of clock difference: for a sender's fast clock, not for a longer life. */
export const TOLERANCE = 30;

/** @throws InvalidToken. The header is not verified yet: its members may have any type. */
export function expectKind(token: string): void {
  const { alg, typ, crit, kid } = headerOf(token);
  for (const [name, value] of Object.entries({ alg, typ, kid }))
    if (value !== undefined && typeof value !== 'string')
      throw new InvalidToken(name, `the token's ${name} is not a text`);
  if (!/^(at\+)?jwt$/i.test((typ ?? '').replace(/^application\//i, '')))
    throw new InvalidToken(
      'typ',
      `the token's typ is ${typ ?? 'missing'}; an access token has JWT or at+jwt`,
    );
  if (crit !== undefined)
    throw new InvalidToken(
      'crit',
      "the token's header has a critical extension (crit), and none is understood",
    );
}

function headerOf(token: string) {
  try {
    return decodeProtectedHeader(token);
  } catch {
    const opaque = 'an access token asked for without an audience is opaque, and no API can read it';
    throw new InvalidToken('jwt', `the token is not a JWT: ${opaque}`);
  }
}

/** @throws InvalidToken */
export function expectClaims(payload: JWTPayload, currentDate: Date): void {
  const { sub, scope, permissions, exp, cnf, iat } = payload;
  const now = currentDate.getTime() / 1000;
  if (Number(exp) <= now) throw new InvalidToken('exp', 'the token expired');
  if (iat !== undefined && typeof iat !== 'number')
    throw new InvalidToken('times', "the token's iat is not a number");
  if (iat !== undefined && iat > now + TOLERANCE)
    throw new InvalidToken('iat', "the token's iat lies in the future");
  // RFC 7800, section 3.1
  if (cnf !== undefined)
    throw new InvalidToken('cnf', 'the token is bound to a key (cnf) and cannot be used as a Bearer token');
  if (typeof sub !== 'string' || sub === '') throw new InvalidToken('sub', 'the token has no sub');
  if (scope !== undefined && typeof scope !== 'string')
    throw new InvalidToken('scope', "the token's scope is not a string");
  if (permissions !== undefined && !isListOfTexts(permissions))
    throw new InvalidToken('permissions', "the token's permissions are not a list of strings");
}

const isListOfTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
