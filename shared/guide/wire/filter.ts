import { groupsOf } from './groups';
import { rowOf } from './row';
import type { Entry } from './types';
import type { Wire } from './wire';

export interface Filter {
  show: 'all' | 'errors' | 'login' | 'check';
  /** For a login its number or "last"; for a check its key. */
  of?: string;
  before?: number;
}

export const ON_PAGE = 300;

/** The filter of a query; an invalid one shows everything. */
export function parseFilter(query: Record<string, unknown>): Filter {
  const text = (name: string) => (typeof query[name] === 'string' ? query[name] : '');
  const before = /^[1-9]\d{0,8}$/.test(text('before')) ? { before: Number(text('before')) } : {};
  if (/^(\d{1,9}|last)$/.test(text('login'))) return { show: 'login', of: text('login'), ...before };
  if (text('check') !== '') return { show: 'check', of: text('check'), ...before };
  return { show: text('show') === 'errors' ? 'errors' : 'all', ...before };
}

/** The query of a filter: "" or "?…". */
export function queryOf({ show, of = '', before }: Filter): string {
  const query = new URLSearchParams();
  if (show === 'errors') query.set('show', 'errors');
  if (show === 'login') query.set('login', of);
  if (show === 'check') query.set('check', of);
  if (before !== undefined) query.set('before', String(before));
  return query.size === 0 ? '' : `?${query}`;
}

/** The messages of a filter, in the order of sending. */
export function entriesOf(wire: Wire, filter: Filter): readonly Entry[] {
  if (filter.show === 'check') return wire.check(filter.of ?? '')?.entries ?? [];
  if (filter.show === 'login') {
    const groups = groupsOf(wire.entries);
    const one = groups.findLast(({ id }) => (filter.of === 'last' ? id > 0 : String(id) === filter.of));
    return one?.entries ?? [];
  }
  if (filter.show === 'errors') return wire.entries.filter((entry) => rowOf(wire, entry).wrong);
  return wire.entries;
}

/** The newest messages of a filter, for the diagram. */
export function select(wire: Wire, filter: Filter) {
  const all = entriesOf(wire, filter);
  const end = filter.before === undefined ? -1 : all.findIndex(({ n }) => n === filter.before);
  const until = end < 0 ? all.length : end;
  const from = Math.max(0, until - ON_PAGE);
  const chosen = new Set(all.slice(from, until));
  // A message's login depends on all messages before it.
  const groups =
    filter.show === 'check'
      ? [{ id: 0, title: `Check: ${wire.check(filter.of ?? '')?.title}`, entries: [...all] }]
      : groupsOf(wire.entries);
  return {
    groups: groups
      .map(({ entries, ...group }) => ({
        ...group,
        rows: entries.filter((entry) => chosen.has(entry)).map((entry) => rowOf(wire, entry)),
      }))
      .filter(({ rows }) => rows.length > 0),
    /** Older messages exist before this number. */
    earlier: from > 0 ? all[from]?.n : undefined,
    total: all.length,
  };
}
