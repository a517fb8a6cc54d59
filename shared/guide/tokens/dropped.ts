import { textOf } from '../../lib/json';
import type { Tenant } from '../../tenant';
import type { TenantEvent } from '../../tenant/events';
import { clientIdsOf, kindOfToken, partsOf } from './kind';

/** A claim that the learner's code set and the tenant left out of a token. */
export interface DroppedClaim {
  claim: string;
  /** The Action's, Rule's or Hook's kind and name. */
  script: string;
  reason: string;
}

/** Milliseconds between a token's `iat`, which is in whole seconds, and the tenant's event that tells of it. */
const APART = 2_000;

/**
 * What is not in a token though an Action, a Rule or a Hook set it: a real tenant says nothing of it, and nobody finds it in the token.
 *
 * @param tenant undefined where the app uses a real one.
 * @param seenAs the member of an answer that held the token, if it was seen there.
 */
export function droppedClaims(tenant: Tenant | undefined, token: string, seenAs?: string): DroppedClaim[] {
  const claims = partsOf(token)?.claims;
  if (!tenant || claims?.iss !== tenant.issuer) return [];
  const { kind } = kindOfToken(token, { seenAs, clientIds: clientIdsOf(tenant) });
  const client_id = textOf(kind === 'ID token' ? [claims.aud].flat()[0] : (claims.azp ?? claims.client_id));
  const holder = textOf(claims.sub);
  const isTheirs = (event: TenantEvent) =>
    event.type === 'configuration loaded' ||
    ('client_id' in event &&
      event.client_id === client_id &&
      (('user_id' in event ? event.user_id : undefined) ?? `${client_id}@clients`) === holder);

  const theirs = tenant.events.recent().filter((event) => KINDS.has(event.type) && isTheirs(event));
  const at = (typeof claims.iat === 'number' ? claims.iat : Number.NaN) * 1000;
  const issued = theirs.findLastIndex(
    (event) => event.type === 'token issued' && event.at >= at - APART && event.at < at + 1000 + APART,
  );
  // What the scripts did for this token stands between it and the end of their run before.
  const before = theirs.slice(0, Math.max(0, issued));
  const since = before.findLastIndex(({ type }) => type !== 'claim dropped') + 1;
  const dropped = before.slice(since).filter((event) => event.type === 'claim dropped');
  const mine = dropped.filter((event) => event.token === kind);
  // Code that ran twice, for a login that went over the consent page, left the same out twice.
  return [...new Map(mine.map(({ claim, script, reason }) => [claim, { claim, script, reason }])).values()];
}

/** What the scripts left out, and what ends a run of theirs: tokens, a failure, a denial, or other scripts in their place. */
const KINDS: ReadonlySet<TenantEvent['type']> = new Set([
  'claim dropped',
  'token issued',
  'action failed',
  'action denied',
  'configuration loaded',
]);
