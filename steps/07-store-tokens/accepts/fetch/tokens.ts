import { setTimeout as delay } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { Problem } from './pages';
import { lock, read, unlock, write, writeLocked } from './rows';
import { random, type Session } from './sessions';
import { askForTokens, Refused, type TokenAnswer } from './tenant';

interface Tokens extends TokenAnswer {
  /** Seconds since the epoch. */
  expiresAt: number;
}

const { LOCK_SECONDS = '10', TOKEN_REQUEST_SECONDS = '3' } = process.env;
const lockMs = Number(LOCK_SECONDS) * 1000;
/** Refreshes of this process, by session. */
const renewals = new Map<string, Promise<string | undefined>>();

const now = () => Date.now() / 1000;
const tokensOf = (id: string) => read<Tokens>(id, 'tokens');
const fresh = (tokens: Tokens | undefined) => tokens !== undefined && now() < tokens.expiresAt - 10;
const from = (answer: TokenAnswer, before?: Tokens): Tokens => ({
  ...before,
  ...answer,
  expiresAt: now() + answer.expires_in,
});

export function keep({ id }: Session, answer: TokenAnswer): void {
  write(id, 'tokens', from(answer));
}

/** A valid access token, renewed ten seconds early; undefined when only a login helps. */
export async function accessToken({ id }: Session): Promise<string | undefined> {
  const tokens = tokensOf(id);
  if (!tokens || fresh(tokens)) return tokens?.access_token;
  const renewal = renewals.get(id) ?? renew(id).finally(() => renewals.delete(id));
  renewals.set(id, renewal);
  return renewal;
}

const ANOTHER_USER = 'the answer is for another user';

/** OpenID Connect Core, section 12.2. */
const sameUser = (answer: TokenAnswer, before: TokenAnswer) =>
  !answer.id_token || !before.id_token || decodeJwt(answer.id_token).sub === decodeJwt(before.id_token).sub;

/** Refreshes once for all processes: the row of the session is its lock. */
async function renew(id: string): Promise<string | undefined> {
  const owner = random();
  for (const until = Date.now() + 2 * lockMs; !lock(id, owner, lockMs); await delay(40)) {
    if (!tokensOf(id)) return undefined;
    if (Date.now() > until) throw new Problem(503, 'Another request of yours takes its time. Try again.');
  }
  try {
    const before = tokensOf(id);
    if (!before || fresh(before)) return before?.access_token;
    const parameters = { grant_type: 'refresh_token', refresh_token: before.refresh_token ?? '' };
    const answer = await askForTokens(parameters, Number(TOKEN_REQUEST_SECONDS) * 1000);
    if (!sameUser(answer, before)) throw new Refused(ANOTHER_USER);
    return writeLocked(id, owner, from(answer, before)) ? answer.access_token : undefined;
  } catch (error) {
    if (!(error instanceof Refused) || !['invalid_grant', ANOTHER_USER].includes(error.code)) throw error;
    writeLocked(id, owner, null);
    return undefined;
  } finally {
    unlock(id, owner);
  }
}
