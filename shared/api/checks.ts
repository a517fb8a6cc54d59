import { type Caller, InvalidToken, KeysUnavailable } from './finished';
import { TOKEN_CHECKS, type TokenCheck } from './types';

export interface Outcome {
  check: TokenCheck;
  title: string;
  source: string;
  state: 'passed' | 'failed' | 'not reached' | 'unknown';
  /** The API's reason, for a failed or unknown check. */
  why?: string;
}

/** What the API's validation makes of a token, check by check; the first failed check ends it.
 * @param verify from `rememberTokens`. @returns the caller, if the token is accepted. */
export async function examine(
  token: string,
  verify: (token: string) => Promise<Caller> | Caller,
): Promise<{ outcomes: Outcome[]; caller: Caller | undefined }> {
  try {
    // RFC 6750, section 2.1
    if (!/^[\w\-.~+/]+=*$/.test(token))
      throw new InvalidToken('header', 'the Authorization header must be "Bearer" and one access token');
    const caller = await verify(token);
    return { outcomes: outcomes(), caller };
  } catch (error) {
    if (error instanceof InvalidToken)
      return { outcomes: outcomes(error.check as TokenCheck, 'failed', error.message), caller: undefined };
    if (error instanceof KeysUnavailable)
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
