import { type Session, type TokenSet } from './sessions';
import { type Answer } from './tenant';

export function tokenSet(answer: Answer, asked: string[], old?: TokenSet): TokenSet {
  const issued = Date.now();
  return {
    access: answer.access_token,
    refresh: answer.refresh_token ?? old?.refresh,
    scope: answer.scope?.split(' ') ?? old?.scope ?? asked,
    issued,
    ends: issued + (answer.expires_in ?? 86400) * 1000,
  };
}
