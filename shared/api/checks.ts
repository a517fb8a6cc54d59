import { isB64token } from './bearer';
import { TenantUnreachable } from './keys';
import { type Caller, InvalidToken } from './verify';

/** The checks that an access token must pass, in the order in which the API makes them, and where each is written. */
export const TOKEN_CHECKS = {
  header: ['It has only the characters of a Bearer token', 'RFC 6750, section 2.1'],
  jwt: ['It is a JWT: header, claims and signature', 'RFC 7519, section 7.2'],
  alg: ['alg is one that the API allows', 'RFC 8725, section 3.1'],
  typ: ['typ is that of an access token', 'RFC 9068, section 4'],
  crit: ['No extension is critical (crit)', 'RFC 7515, section 4.1.11'],
  kid: ['It names its key (kid)', 'RFC 7515, section 4.1.4'],
  key: ['The tenant publishes that key', 'RFC 7517, section 5'],
  signature: ['The signature was made with that key', 'RFC 7515, section 5.2'],
  claims: ['iss, aud, exp and sub are there', 'RFC 9068, section 2.2'],
  iss: ['iss is the tenant', 'RFC 9068, section 4'],
  aud: ['aud contains this API', 'RFC 9068, section 4'],
  times: ['The times are numbers', 'RFC 7519, section 2'],
  nbf: ['It has begun (nbf)', 'RFC 7519, section 4.1.5'],
  exp: ['It has not ended (exp)', 'RFC 7519, section 4.1.4'],
  iat: ['It was not issued in the future (iat)', 'RFC 7519, section 4.1.6'],
  cnf: ['It is bound to no key (cnf)', 'RFC 7800, section 3.1'],
  sub: ['sub names somebody', 'RFC 9068, section 2.2'],
  scope: ['scope is a text', 'RFC 9068, section 2.2.3'],
  permissions: ['permissions, if they are there, are a list of texts', 'Auth0, RBAC for APIs'],
} as const;

export type TokenCheck = keyof typeof TOKEN_CHECKS;

export interface Outcome {
  check: TokenCheck;
  title: string;
  /** Where it is written. */
  source: string;
  state: 'passed' | 'failed' | 'not reached' | 'unknown';
  /** What the API says of it; of a failed or unknown one only. */
  why?: string;
}

/**
 * What the API's own validation makes of a token, check by check. A check that fails ends the way, as it does at the API.
 *
 * @param verify from `tokenVerifier`.
 * @returns the caller, if the token is accepted.
 */
export async function examine(
  token: string,
  verify: (token: string) => Promise<Caller> | Caller,
): Promise<{ outcomes: Outcome[]; caller: Caller | undefined }> {
  try {
    if (!isB64token(token))
      throw new InvalidToken('header', 'the Authorization header must be "Bearer" and one access token');
    const caller = await verify(token);
    return { outcomes: outcomes(), caller };
  } catch (error) {
    if (error instanceof InvalidToken)
      return { outcomes: outcomes(error.check, 'failed', error.message), caller: undefined };
    if (error instanceof TenantUnreachable)
      return { outcomes: outcomes('key', 'unknown', error.message), caller: undefined };
    throw error;
  }
}

function outcomes(last?: TokenCheck, state: Outcome['state'] = 'failed', why = ''): Outcome[] {
  const names = Object.keys(TOKEN_CHECKS) as TokenCheck[];
  const end = last ? names.indexOf(last) : names.length;
  return names.map((check, i) => {
    const [title, source] = TOKEN_CHECKS[check];
    if (i === end) return { check, title, source, state, why };
    return { check, title, source, state: i < end ? 'passed' : 'not reached' };
  });
}
