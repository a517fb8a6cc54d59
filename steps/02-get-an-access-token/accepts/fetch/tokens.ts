import type { Session } from './sessions';
import type { TokenAnswer } from './tenant';

export type Tokens = TokenAnswer;

export function keep(session: Session, answer: TokenAnswer): void {
  session.tokens = answer;
}

export async function accessToken(session: Session): Promise<string | undefined> {
  return session.tokens?.access_token;
}
