import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SourceFile } from './document';
import { bcryptHash, type CustomPasswordHash, customPasswordHash } from './password-hash';

const text = z.string().min(1);

/** Auth0 refuses a file with any other property. */
const importedUser = z
  .strictObject({
    email: z.email('must be an e-mail address'),
    email_verified: z.boolean().default(false),
    user_id: text.regex(/^(?!auth0\|)/, 'is given without auth0|, which is put before it').optional(),
    username: text.optional(),
    given_name: text.optional(),
    family_name: text.optional(),
    name: text.optional(),
    nickname: text.optional(),
    picture: text.optional(),
    blocked: z.boolean().default(false),
    user_metadata: z.looseObject({}).default({}),
    app_metadata: z.looseObject({}).default({}),
    password_hash: bcryptHash.optional(),
    custom_password_hash: customPasswordHash.optional(),
    mfa_factors: z.unknown().optional(),
  })
  .refine((user) => (user.password_hash === undefined) !== (user.custom_password_hash === undefined), {
    error: 'needs exactly one of password_hash and custom_password_hash',
  });

export type { CustomPasswordHash } from './password-hash';

/** A user of the database connection, with the normalized profile of Auth0. */
export interface User {
  /** auth0|… */
  user_id: string;
  email: string;
  email_verified: boolean;
  name: string;
  nickname: string;
  picture: string;
  given_name?: string | undefined;
  family_name?: string | undefined;
  updated_at: string;
  blocked: boolean;
  user_metadata: Record<string, unknown>;
  app_metadata: Record<string, unknown>;
  identities: { connection: string; provider: string; user_id: string; isSocial: boolean }[];
  password_hash?: string | undefined;
  custom_password_hash?: CustomPasswordHash | undefined;
}

export interface UserDirectory {
  /** Letter case does not matter. */
  findByEmail(email: string): User | undefined;
  findById(userId: string): User | undefined;
  all(): User[];
  /** Where they were read from. */
  file: string;
  /** The line on which a user begins in that file, counted from 1. */
  lineOf(user: User): number;
}

/**
 * Reads users.json (the format of Auth0's bulk user import).
 *
 * @throws ConfigurationError with every mistake, each with its path and line.
 */
export async function loadUsers(path: string): Promise<UserDirectory> {
  const source = await SourceFile.read(path);
  mustBeJson(source);
  source.throwIfWrong();
  const value = source.value();
  const imported = source.check(z.array(importedUser), value) ?? [];
  eachOnce(source, value);
  source.throwIfWrong();
  const users = imported.map(normalized);
  const byEmail = new Map(users.map((user) => [user.email.toLowerCase(), user]));
  const byId = new Map(users.map((user) => [user.user_id, user]));
  return {
    findByEmail: (email) => byEmail.get(email.trim().toLowerCase()),
    findById: (id) => byId.get(id),
    all: () => users,
    file: path,
    lineOf: (user) => source.lineOf([users.indexOf(user)]),
  };
}

/** The file is read as YAML, for the sake of the lines; a real tenant's import takes JSON only. */
function mustBeJson(source: SourceFile): void {
  if (source.problems.length > 0) return;
  try {
    JSON.parse(source.text);
  } catch (error) {
    // Not every message of the engine has a position. What YAML allows and JSON does not is most often this comma.
    const comma = source.text.search(/,\s*[\]}]/);
    const position = Number(/position (\d+)/.exec((error as Error).message)?.[1] ?? Math.max(comma, 0));
    const hint =
      comma === position ? 'no comma may stand before ] or }' : 'it must be an array of users, [ … ]';
    source.addAt(source.text.slice(0, position).split('\n').length, `is not JSON: ${hint}`);
  }
}

/** Looks at the values as they stand, so that this is told beside what else is wrong. */
function eachOnce(source: SourceFile, value: unknown): void {
  const seen = { email: new Set<string>(), user_id: new Set<string>() };
  const once = (i: number, key: keyof typeof seen, text: unknown) => {
    if (typeof text !== 'string') return;
    const compared = key === 'email' ? text.toLowerCase() : text;
    if (seen[key].has(compared)) source.add([i, key], `stands here twice: ${text}`);
    seen[key].add(compared);
  };
  if (!Array.isArray(value)) return;
  value.forEach((one: Partial<Record<keyof typeof seen, unknown>> | null, i) => {
    once(i, 'email', one?.email);
    once(i, 'user_id', one?.user_id);
  });
}

function normalized(one: z.output<typeof importedUser>): User {
  // Without user_id a stable one is derived from the e-mail, so that a restart keeps the `sub`.
  const id = one.user_id ?? createHash('sha256').update(one.email.toLowerCase()).digest('hex').slice(0, 24);
  const nickname = one.nickname ?? one.email.split('@', 1)[0] ?? one.email;
  return {
    user_id: `auth0|${id}`,
    email: one.email,
    email_verified: one.email_verified,
    name: one.name ?? one.email,
    nickname,
    picture: one.picture ?? initials(one.name ?? nickname),
    given_name: one.given_name,
    family_name: one.family_name,
    // The file has no date; a fixed one keeps ID tokens of the same user alike.
    updated_at: '2026-01-01T00:00:00.000Z',
    blocked: one.blocked,
    user_metadata: one.user_metadata,
    app_metadata: one.app_metadata,
    identities: [
      { connection: 'Username-Password-Authentication', provider: 'auth0', user_id: id, isSocial: false },
    ],
    password_hash: one.password_hash,
    custom_password_hash: one.custom_password_hash,
  };
}

/** A picture that needs no network, where a real tenant has a Gravatar: the user's initials. */
function initials(name: string): string {
  const letters = name
    .split(/\s+/)
    .map((word) => word[0]?.toUpperCase() ?? '')
    .join('')
    .slice(0, 2)
    .replace(/[^A-Z]/g, '');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="#5b4b8a"/><text x="32" y="41" font-family="sans-serif" font-size="26" text-anchor="middle" fill="#fff">${letters}</text></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}
