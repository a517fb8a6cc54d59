import path from 'node:path';
import { ROOT } from '../../lib/places';
import type { TenantEvent } from '../../tenant/events';

type Detail = { name: string; value: string };

const NOT_GIVEN = new Set<TenantEvent['type']>([
  'consent declined',
  'scope left out',
  'refresh token reused',
  'action broken',
  'action failed',
  'action denied',
  'claim dropped',
  'server error',
]);

/** A decision of the tenant, as a row of its log; `time` is local. @param names of the applications, by client ID. */
export function eventRow(event: TenantEvent, names: ReadonlyMap<string, string>) {
  const { at, type, ...rest } = event;
  const { reason, ...others } = rest as Record<string, unknown>;
  const time = new Date(at);
  return {
    time: time.toLocaleTimeString('en-GB'),
    at: time.toISOString(),
    type,
    /** Something was not granted as requested. */
    refused: type.endsWith(' refused') || NOT_GIVEN.has(type),
    /** The precise reason, which the HTTP answer may omit. */
    reason: typeof reason === 'string' ? reason : undefined,
    details: Object.entries(others).flatMap(([name, value]) => details(name, value, names)),
  };
}

function details(name: string, value: unknown, names: ReadonlyMap<string, string>): Detail[] {
  if (value === undefined || value === '') return [];
  if (name === 'client_id' && typeof value === 'string')
    return [{ name: 'application', value: names.get(value) ?? value }];
  // The problems of a file begin with its path, which is long and the same in each.
  if (Array.isArray(value))
    return value.length > 0 ? [{ name, value: value.join(', ').replaceAll(ROOT + path.sep, '') }] : [];
  if (typeof value === 'object')
    return Object.entries(value as object).map(([key, one]) => ({ name: key, value: String(one) }));
  return [{ name, value: String(value) }];
}
