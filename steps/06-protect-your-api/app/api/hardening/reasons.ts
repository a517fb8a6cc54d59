import { decodeProtectedHeader, errors } from 'jose';
import { InvalidToken } from '../bearer';

/** Stops: a 500 for a token that the library refuses, and a refusal without its reason (RFC 6750, section 3). */

/** Why jose refuses a token, in the words of the check that failed. */
export function reasonFor(
  error: unknown,
  token: string,
  { issuer, audience, algorithms }: { issuer: string; audience: string; algorithms: readonly string[] },
): unknown {
  if (error instanceof errors.JWTExpired) return new InvalidToken('exp', 'the token expired');
  if (error instanceof errors.JWKSNoMatchingKey)
    return new InvalidToken('key', 'the token was signed with a key that the tenant does not publish');
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return new InvalidToken('signature', "the token's signature is not right");
  if (error instanceof errors.JOSEAlgNotAllowed)
    return new InvalidToken(
      'alg',
      `the token's alg is ${decodeProtectedHeader(token).alg ?? 'missing'}; it must be one of ${algorithms.join(', ')}`,
    );
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    if (reason === 'missing') return new InvalidToken('claims', `the token has no ${claim}`);
    if (claim === 'aud') return new InvalidToken('aud', `the token's aud does not contain ${audience}`);
    if (claim === 'iss') return new InvalidToken('iss', `the token's iss is not ${issuer}`);
    if (claim === 'nbf' && reason === 'check_failed')
      return new InvalidToken('nbf', 'the token is not valid yet (nbf)');
    return new InvalidToken('times', `the token's ${claim} is not right`);
  }
  if (error instanceof errors.JOSEError)
    return new InvalidToken(
      error instanceof errors.JWTInvalid ? 'claims' : 'jwt',
      `the token is malformed: ${error.message}`,
    );
  return error;
}
