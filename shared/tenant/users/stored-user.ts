import { z } from 'zod';
import { customPasswordHash } from '../config/password-hash';

const text = z.string();
const object = z.record(z.string(), z.unknown());

/** What a change may replace at a user's root. */
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

/** A user of whom users.json says nothing. */
const ownUser = z.object({
  ...root,
  created_at: text,
  identities: z.array(z.object({ connection: text, provider: text, user_id: text, isSocial: z.boolean() })),
  attributes: object.optional(),
  custom_password_hash: customPasswordHash.optional(),
});

/** What came to a user after users.json was written. */
const storedUser = z.object({
  own: ownUser.optional(),
  /** Replaces what users.json says. */
  changes: z.object(root).partial().optional(),
  /** Key by key over what users.json says; null takes a key away. */
  user_metadata: object.optional(),
  app_metadata: object.optional(),
  /** Beside those of user-roles.json, and fewer than those. */
  rolesAdded: z.array(text).optional(),
  rolesRemoved: z.array(text).optional(),
  logins_count: z.int().optional(),
  last_login: text.optional(),
  last_ip: text.optional(),
  updated_at: text.optional(),
  /** Though users.json still has the user. */
  deleted: z.literal(true).optional(),
});

/** kept-users.json, by user_id. */
export const storedUsers = z.record(z.string(), storedUser);

export type StoredUser = z.output<typeof storedUser>;
export type OwnUser = z.output<typeof ownUser>;
/** Of no value undefined: JSON has none. */
export type RootChanges = Partial<z.output<z.ZodObject<typeof root>>>;

/**
 * Metadata after a change, as Auth0 merges it: key by key at the first level, where null takes a key away; an empty object takes
 * all away.
 *
 * @param before what counts now.
 * @returns the change as it must be kept over what the file says.
 */
export function storedMetadata(
  before: Record<string, unknown>,
  kept: Record<string, unknown> | undefined,
  change: Record<string, unknown>,
): Record<string, unknown> {
  const empties = Object.keys(change).length === 0;
  const gone = empties ? Object.fromEntries(Object.keys(before).map((key) => [key, null])) : {};
  return { ...kept, ...change, ...gone };
}

/** What a file says, with what is kept over it. */
export function overlaid(
  file: Record<string, unknown>,
  kept: Record<string, unknown> | undefined,
): Record<string, unknown> {
  if (!kept) return file;
  return Object.fromEntries(Object.entries({ ...file, ...kept }).filter(([, value]) => value !== null));
}
