/*
 * Auth0's export of users has one JSON object a line (newline-delimited JSON), with keys that an import refuses and without password
 * hashes.
 */

export interface UsersExport {
  /** The users of databases as one JSON array, each on the line that it has in the file. */
  text: string;
  /** What the export lacks, and what was left out. */
  hints: string[];
  /** The first line that is no JSON, counted from 1. */
  broken: number | undefined;
}

/** @returns undefined for a text that is no such export. One that is broken further down is one all the same. */
export function readExport(text: string): UsersExport | undefined {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const first = lines.findIndex((line) => line.trim() !== '');
  if (!isUser(parsed(lines[first] ?? ''))) return undefined;
  const kept = lines.map((line) => (isElsewhere(parsed(line)) ? '' : line));
  const others = lines.length - kept.filter((line, i) => line === lines[i]).length;
  const last = kept.findLastIndex((line) => line.trim() !== '');
  const array = kept.map((line, i) => (line.trim() !== '' && i < last ? `${line.trimEnd()},` : line));
  const hints = [
    'has one user a line, as Auth0 exports users: an export carries no password hashes, so no password fits any of them',
  ];
  if (others > 0)
    hints.push(`leaves ${others} users of other connections out: they come when they log in there`);
  const broken = lines.findIndex((line) => line.trim() !== '' && parsed(line) === undefined);
  return { broken: broken < 0 ? undefined : broken + 1, text: `[${array.join('\n')}\n]`, hints };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const isUser = (value: unknown) =>
  value !== null &&
  typeof value === 'object' &&
  (Object.hasOwn(value, 'email') || Object.hasOwn(value, 'user_id'));

/** What an import takes of the keys of an export. */
const TAKEN = [
  'email',
  'email_verified',
  'user_id',
  'username',
  'given_name',
  'family_name',
  'name',
  'nickname',
  'picture',
  'blocked',
  'user_metadata',
  'app_metadata',
  'password_hash',
  'custom_password_hash',
];

/** The users of an export, as an import has them. */
export function importable(exported: unknown): unknown {
  if (!Array.isArray(exported)) return exported;
  return exported.map((user: unknown) => {
    if (user === null || typeof user !== 'object') return user;
    const taken = Object.entries(user).filter(([key, value]) => TAKEN.includes(key) && value !== null);
    return Object.fromEntries(
      taken.map(([key, value]) => [
        key,
        key === 'user_id' && typeof value === 'string' ? value.replace(/^auth0\|/, '') : value,
      ]),
    );
  });
}

/** Whether somebody is no user of a database: google-oauth2|…, samlp|… */
function isElsewhere(user: unknown): boolean {
  const { user_id: id } = (user ?? {}) as { user_id?: unknown };
  return typeof id === 'string' && id.includes('|') && !id.startsWith('auth0|');
}
