import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SourceFile } from './document';
import { bcryptHash, type CustomPasswordHash, customPasswordHash } from './password-hash';

const text = z.string().min(1);

const importedUser = z
  .looseObject({
    email: z.email('must be an e-mail address'),
    email_verified: z.boolean().default(false),
    user_id: text.optional(),
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
}

/**
 * Reads users.json (the format of Auth0's bulk user import).
 *
 * @throws ConfigurationError with every mistake, each with its path and line.
 */
export async function loadUsers(path: string): Promise<UserDirectory> {
  const source = await SourceFile.read(path);
  source.throwIfWrong();
  const imported = source.check(z.array(importedUser), source.value()) ?? [];
  const byEmail = new Map<string, User>();
  const byId = new Map<string, User>();
  imported.forEach((one, i) => {
    const user = normalized(one);
    if (byEmail.has(user.email.toLowerCase())) source.add([i, 'email'], `stands here twice: ${user.email}`);
    if (byId.has(user.user_id)) source.add([i, 'user_id'], `stands here twice: ${user.user_id}`);
    byEmail.set(user.email.toLowerCase(), user);
    byId.set(user.user_id, user);
  });
  source.throwIfWrong();
  return {
    findByEmail: (email) => byEmail.get(email.trim().toLowerCase()),
    findById: (id) => byId.get(id),
    all: () => [...byId.values()],
  };
}

function normalized(one: z.output<typeof importedUser>): User {
  // Without user_id a stable one is derived from the e-mail, so that a restart keeps the `sub`.
  const id = one.user_id ?? createHash('sha256').update(one.email.toLowerCase()).digest('hex').slice(0, 24);
  const nickname = one.nickname ?? one.email.split('@', 1)[0] ?? one.email;
  return {
    user_id: `auth0|${id}`,
    email: one.email,
    email_verified: one.email_verified,
    name: one.name ?? ([one.given_name, one.family_name].filter(Boolean).join(' ') || one.email),
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
