import { decodeJwt } from 'jose';
import type { Session } from './sessions';
import { askForTokens, Refused, type TokenAnswer } from './tenant';

export interface Tokens extends TokenAnswer {
  /** Seconds since the epoch. */
  expiresAt: number;
  /** A refresh under way: a rotating refresh token may be sent once only. */
  renewal?: Promise<string | undefined>;
}

const now = () => Date.now() / 1000;

export function keep(session: Session, answer: TokenAnswer): void {
  // Without rotation the refresh token remains the same, and the answer has none.
  session.tokens = { ...session.tokens, ...answer, expiresAt: now() + answer.expires_in };
}

/** A valid access token, renewed ten seconds early; undefined when only a login helps. */
export async function accessToken(session: Session): Promise<string | undefined> {
  const { tokens } = session;
  if (!tokens || now() < tokens.expiresAt - 10) return tokens?.access_token;
  tokens.renewal ??= renew(session, tokens.refresh_token ?? '').finally(() => {
    delete session.tokens?.renewal;
    delete tokens.renewal;
  });
  return tokens.renewal;
}

const ANOTHER_USER = 'the answer is for another user';

/** OpenID Connect Core, section 12.2. */
const sameUser = (answer: TokenAnswer, before: TokenAnswer | undefined) =>
  !answer.id_token || !before?.id_token || decodeJwt(answer.id_token).sub === decodeJwt(before.id_token).sub;

async function renew(session: Session, refresh_token: string): Promise<string | undefined> {
  try {
    const answer = await askForTokens({ grant_type: 'refresh_token', refresh_token });
    if (!sameUser(answer, session.tokens)) throw new Refused(ANOTHER_USER);
    keep(session, answer);
  } catch (error) {
    if (!(error instanceof Refused) || !['invalid_grant', ANOTHER_USER].includes(error.code)) throw error;
    delete session.tokens;
  }
  return session.tokens?.access_token;
}
