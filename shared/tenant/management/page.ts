import { ManagementError } from './failure';

type Query = Record<string, unknown>;

const MOST = 100;

/** Auth0's pagination: an array; with `include_totals` an object with counts; with `take` one with the token `next`.
 * @param key the list's name in an object. @throws ManagementError 400 for an invalid page. */
export function page<T extends object>(all: readonly T[], key: string, query: Query): unknown {
  const pick = fields<T>(query);
  if (query.take !== undefined || query.from !== undefined) {
    const take = number(query, 'take', 50, 1, MOST);
    const start = startOf(query.from);
    const next = start + take < all.length ? { next: cursor(start + take) } : {};
    return { [key]: all.slice(start, start + take).map(pick), ...next };
  }
  const limit = number(query, 'per_page', 50, 0, MOST);
  const start = number(query, 'page', 0, 0, Number.MAX_SAFE_INTEGER) * limit;
  const part = all.slice(start, start + limit).map(pick);
  if (!isTrue(query.include_totals)) return part;
  return { [key]: part, start, limit, length: part.length, total: all.length };
}

/** Lists of Actions always have counts. */
export function countedPage<T extends object>(all: readonly T[], key: string, query: Query): unknown {
  const per_page = number(query, 'per_page', 50, 1, MOST);
  const at = number(query, 'page', 0, 0, Number.MAX_SAFE_INTEGER);
  return { [key]: all.slice(at * per_page, (at + 1) * per_page), total: all.length, page: at, per_page };
}

export function fields<T extends object>(query: Query): (one: T) => Partial<T> {
  const names = new Set(
    String(query.fields ?? '')
      .split(',')
      .filter(Boolean),
  );
  if (names.size === 0) return (one) => one;
  const included = query.include_fields === undefined || isTrue(query.include_fields);
  return (one) =>
    Object.fromEntries(Object.entries(one).filter(([name]) => names.has(name) === included)) as Partial<T>;
}

/** @returns undefined when the parameter is absent. */
export function flag(query: Query, name: string): boolean | undefined {
  return query[name] === undefined ? undefined : isTrue(query[name]);
}

/** A repeatable parameter. */
export function several(query: Query, name: string): string[] | undefined {
  const value = query[name] ?? query[`${name}[]`];
  return value === undefined ? undefined : [value].flat().map(String);
}

const isTrue = (value: unknown) => value === 'true' || value === '1';

function number(query: Query, name: string, fallback: number, least: number, most: number): number {
  if (query[name] === undefined) return fallback;
  const value = Number(query[name]);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new ManagementError(
      400,
      `Query validation error: '${name}' must be a whole number from ${least} to ${most}`,
      'invalid_query_string',
    );
  return value;
}

const cursor = (start: number) => Buffer.from(`at:${start}`).toString('base64url');

function startOf(from: unknown): number {
  if (from === undefined) return 0;
  const found = /^at:(\d+)$/.exec(Buffer.from(String(from), 'base64url').toString());
  if (found) return Number(found[1]);
  throw new ManagementError(
    400,
    "Query validation error: 'from' is no token of an earlier page",
    'invalid_query_string',
  );
}
