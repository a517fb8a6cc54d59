import { z } from 'zod';
import { customPasswordHash } from '../config/password-hash';

const text = z.string();
const object = z.record(z.string(), z.unknown());

const root = {
  email: text.optional(),
  email_verified: z.boolean(),
  username: text.optional(),
  name: text,
  nickname: text,
  picture: text,
  given_name: text.optional(),
  family_name: text.optional(),
  blocked: z.boolean(),
  password_hash: text.optional(),
};

/** A user who is not in users.json. */
const ownUser = z.object({
  ...root,
  created_at: text,
  identities: z.array(z.object({ connection: text, provider: text, user_id: text, isSocial: z.boolean() })),
  attributes: object.optional(),
  custom_password_hash: customPasswordHash.optional(),
});

const storedUser = z.object({
  own: ownUser.optional(),
  /** Replaces users.json's values. */
  changes: z.object(root).partial().optional(),
  /** Merged over users.json's by key; null removes a key. */
  user_metadata: object.optional(),
  app_metadata: object.optional(),
  /** Relative to user-roles.json. */
  rolesAdded: z.array(text).optional(),
  rolesRemoved: z.array(text).optional(),
  logins_count: z.int().optional(),
  last_login: text.optional(),
  last_ip: text.optional(),
  updated_at: text.optional(),
  /** Although users.json has the user. */
  deleted: z.literal(true).optional(),
});

export const storedUsers = z.record(z.string(), storedUser);

export type StoredUser = z.output<typeof storedUser>;
export type OwnUser = z.output<typeof ownUser>;
/** Without undefined: JSON has none. */
export type RootChanges = Partial<z.output<z.ZodObject<typeof root>>>;

/** Auth0's merge of metadata: by key at the first level, null removes a key, an empty object all.
 * @param before the current value. @returns the change to store. */
export function storedMetadata(
  before: Record<string, unknown>,
  stored: Record<string, unknown> | undefined,
  change: Record<string, unknown>,
): Record<string, unknown> {
  const empties = Object.keys(change).length === 0;
  const gone = empties ? Object.fromEntries(Object.keys(before).map((key) => [key, null])) : {};
  return { ...stored, ...change, ...gone };
}

export function overlaid(
  file: Record<string, unknown>,
  stored: Record<string, unknown> | undefined,
): Record<string, unknown> {
  if (!stored) return file;
  return Object.fromEntries(Object.entries({ ...file, ...stored }).filter(([, value]) => value !== null));
}
