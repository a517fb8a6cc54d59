import { textOf } from '../../lib/json';
import { own } from '../../lib/own';
import type { DroppedClaim } from '../tokens/dropped';
import { partsOf } from '../tokens/kind';
import { type Explained, explainClaim, explainJwtHeader } from './explanations';
import type { TenantKeys, Verdict } from './keys';

export interface Member {
  name: string;
  value: string;
  /** The value as a time in words. */
  means: string | undefined;
  about: Explained | undefined;
}

/** A token without its signature, so that nobody can use it. */
export interface DecodedToken {
  /** E.g. "Access token". */
  title: string;
  /** Its name in links: access_token. */
  name: string;
  header: Member[];
  claims: Member[];
  /** Claims that the learner's code set and the tenant left out. */
  dropped: DroppedClaim[];
  verdict: Verdict;
}

/** Sources beyond the token itself. */
export interface TokenContext {
  keys: TenantKeys;
  dropped: (token: string, seenAs: string) => DroppedClaim[];
}

const TITLES: Record<string, string> = {
  access_token: 'Access token',
  id_token: 'ID token',
  refresh_token: 'Refresh token',
  id_token_hint: 'ID token',
  authorization: 'Access token',
  token: 'Token',
};

/** Decodes a JWT, explains each claim, and verifies the signature.
 * @param at when it was seen, in milliseconds since the epoch. @returns undefined for other texts. */
export async function decodeToken(
  name: string,
  token: string,
  at: number,
  { keys, dropped }: TokenContext,
): Promise<DecodedToken | undefined> {
  const parts = partsOf(token);
  if (!parts) return undefined;
  const { header, claims } = parts;
  const means = (key: string, value: unknown) => timeIn(key, value, at);
  return {
    title: own(TITLES, name) ?? 'Token',
    name,
    header: membersOf(header, explainJwtHeader, means),
    claims: membersOf(claims, explainClaim, means),
    dropped: dropped(token, name),
    verdict: await keys.verify(token),
  };
}

/** The members of a token's header or claims. @param means a value as a time in words. */
export const membersOf = (
  object: Record<string, unknown> = {},
  explain: (name: string) => Explained | undefined,
  means: (name: string, value: unknown) => string | undefined,
): Member[] =>
  Object.entries(object).map(([name, value]) => ({
    name,
    // After a comma the line can break.
    value: typeof value === 'object' ? textOf(value).replaceAll('","', '", "') : textOf(value),
    means: means(name, value),
    about: explain(name),
  }));

function timeIn(name: string, value: unknown, at: number): string | undefined {
  if (!['iat', 'exp', 'nbf', 'auth_time', 'updated_at'].includes(name) || typeof value !== 'number')
    return undefined;
  const time = new Date(value * 1000).toLocaleString('en-GB');
  const seconds = Math.round(value - at / 1000);
  return `${time}, ${Math.abs(seconds)} s ${seconds < 0 ? 'before' : 'after'} this message`;
}
