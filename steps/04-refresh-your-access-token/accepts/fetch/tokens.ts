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
  // Without rotation the refresh token stays the same, and the answer has none.
  session.tokens = { ...session.tokens, ...answer, expiresAt: now() + answer.expires_in };
}

/** A valid access token, renewed ten seconds early; undefined when only a log-in helps. */
export async function accessToken(session: Session): Promise<string | undefined> {
  const { tokens } = session;
  if (!tokens || now() < tokens.expiresAt - 10) return tokens?.access_token;
  tokens.renewal ??= renew(session, tokens.refresh_token ?? '').finally(() => {
    delete session.tokens?.renewal;
    delete tokens.renewal;
  });
  return tokens.renewal;
}

async function renew(session: Session, refresh_token: string): Promise<string | undefined> {
  try {
    keep(session, await askForTokens({ grant_type: 'refresh_token', refresh_token }));
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'invalid_grant') throw error;
    delete session.tokens;
  }
  return session.tokens?.access_token;
}
