import { textOf } from '../../lib/json';
import type { Tenant } from '../../tenant';
import type { TenantEvent } from '../../tenant/events';
import { clientIdsOf, kindOfToken, partsOf } from './kind';

/** A claim that the learner's code set and the tenant left out of a token. */
export interface DroppedClaim {
  claim: string;
  /** The kind and name of the Action, Rule or Hook. */
  script: string;
  reason: string;
}

/** Milliseconds between a token's `iat`, in whole seconds, and the tenant's event for it. */
const TOLERANCE = 2_000;

/** Claims that an Action, Rule or Hook set and a real tenant drops silently. @param tenant undefined for a real one.
 * @param seenAs the member of an answer that contained the token, if it was seen. */
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
    (event) =>
      event.type === 'token issued' && event.at >= at - TOLERANCE && event.at < at + 1000 + TOLERANCE,
  );
  // The events of this token's scripts are between its issue and the end of their run before.
  const before = theirs.slice(0, Math.max(0, issued));
  const since = before.findLastIndex(({ type }) => type !== 'claim dropped') + 1;
  const dropped = before.slice(since).filter((event) => event.type === 'claim dropped');
  const mine = dropped.filter((event) => event.token === kind);
  // Scripts that ran twice, before and after the consent page, dropped the same twice.
  return [...new Map(mine.map(({ claim, script, reason }) => [claim, { claim, script, reason }])).values()];
}

/** Dropped claims, and the ends of a run: tokens, a failure, a denial, or new scripts. */
const KINDS: ReadonlySet<TenantEvent['type']> = new Set([
  'claim dropped',
  'token issued',
  'action failed',
  'action denied',
  'configuration loaded',
]);
