/** An export of Auth0 has one JSON object for each line, with keys that an import refuses and without password
 * hashes; the Management API lists users with the same keys in an array. */

export interface Lines {
  /** The lines as a JSON array; each value remains on its line. */
  text: string;
  /** The first line that is not JSON, counted from 1. */
  broken: number | undefined;
}

/** @returns undefined for a text without one user for each line; a broken later line does not matter. */
export function readLines(text: string): Lines | undefined {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const isFull = (line: string) => line.trim() !== '';
  if (!isUser(parsed(lines.find(isFull) ?? ''))) return undefined;
  const last = lines.findLastIndex(isFull);
  const array = lines.map((line, i) => (isFull(line) && i < last ? `${line.trimEnd()},` : line));
  const broken = lines.findIndex((line) => isFull(line) && parsed(line) === undefined);
  return { text: `[${array.join('\n')}\n]`, broken: broken < 0 ? undefined : broken + 1 };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const has = (value: unknown, ...keys: string[]) =>
  value !== null && typeof value === 'object' && keys.some((key) => Object.hasOwn(value, key));
const isUser = (value: unknown) => has(value, 'email', 'user_id');

/** Whether users have keys that Auth0 adds and no import accepts. */
export const isExport = (users: unknown): users is unknown[] =>
  Array.isArray(users) &&
  users.some((one) => has(one, 'identities', 'created_at', 'updated_at', 'logins_count'));

/** Without any hash it is Auth0's own export. */
export function exportHints(users: unknown[]): string[] {
  const others = users.filter(isElsewhere).length;
  const hashes = users.some((one) => has(one, 'password_hash', 'custom_password_hash'));
  return [
    ...(hashes
      ? []
      : ['is an export of Auth0: it carries no password hashes, so no password fits any of its users']),
    ...(others > 0
      ? [`leaves users of other connections out (${others}): they come when they log in there`]
      : []),
  ];
}

/** Keys that an import accepts. */
const TAKEN = `email email_verified user_id username given_name family_name name nickname picture phone_number
  phone_verified blocked user_metadata app_metadata password_hash custom_password_hash`.split(/\s+/);

export function importable(user: unknown): unknown {
  if (user === null || typeof user !== 'object') return user;
  const taken = Object.entries(user).filter(([key, value]) => TAKEN.includes(key) && value !== null);
  return Object.fromEntries(
    taken.map(([key, value]) => [
      key,
      key === 'user_id' && typeof value === 'string' ? value.replace(/^auth0\|/, '') : value,
    ]),
  );
}

/** Whether a user belongs to no database: google-oauth2|…, samlp|… */
export function isElsewhere(user: unknown): boolean {
  const { user_id: id } = (user ?? {}) as { user_id?: unknown };
  return typeof id === 'string' && id.includes('|') && !id.startsWith('auth0|');
}
