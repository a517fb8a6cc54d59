import { z } from 'zod';
import { ConfigurationError, mustBeJson, SourceFile } from './document';
import { bcryptHash, customPasswordHash } from './password-hash';
import { type Attributes, identityOf, idFromEmail, normalized, type User, userIdOf } from './user';
import { exportHints, importable, isElsewhere, isExport, readLines } from './users-export';

const text = z.string().min(1);

/** Auth0 refuses other properties. */
const importedUser = z
  .strictObject({
    email: z.string().pipe(z.email('must be an e-mail address')),
    email_verified: z.boolean().default(false),
    user_id: text.regex(/^(?!auth0\|)/, 'is given without auth0|, which is put before it').optional(),
    username: text.optional(),
    given_name: text.optional(),
    family_name: text.optional(),
    name: text.optional(),
    nickname: text.optional(),
    picture: text.optional(),
    phone_number: text
      .regex(/^\+[0-9]{1,15}$/, 'must be a number with its country, such as +12125550001')
      .optional(),
    phone_verified: z.boolean().optional(),
    blocked: z.boolean().default(false),
    user_metadata: z.looseObject({}).default({}),
    app_metadata: z.looseObject({}).default({}),
    password_hash: bcryptHash.optional(),
    custom_password_hash: customPasswordHash.optional(),
    mfa_factors: z.unknown().optional(),
    password: z
      .unknown()
      .refine(
        () => false,
        'must not be here: an import takes hashes only; give its bcrypt hash as password_hash',
      )
      .optional(),
  })
  .refine((user) => user.password_hash === undefined || user.custom_password_hash === undefined, {
    error: 'may have password_hash or custom_password_hash, and not both',
  });

type Own =
  | 'user_id'
  | 'blocked'
  | 'user_metadata'
  | 'app_metadata'
  | 'password_hash'
  | 'custom_password_hash';
export type ImportedUser = Attributes & Pick<User, Own>;

export interface UsersFile {
  users: ImportedUser[];
  file: string;
  /** What is no mistake, e.g. that no password matches somebody. */
  hints: string[];
  /** Counted from 1; undefined for a user who is not in the file. */
  lineOf(userId: string): number | undefined;
}

/** Reads users.json (Auth0's bulk user import), or Auth0's export: one user for each line, other keys, no hashes.
 * @throws ConfigurationError with every mistake, each with its path and line. */
export async function loadUsers(path: string): Promise<UsersFile> {
  const given = await SourceFile.read(path);
  const lines = readLines(given.text);
  if (lines?.broken !== undefined) {
    const message = 'is not JSON: in a file with one user a line, each line must be { … }';
    throw new ConfigurationError([{ file: path, path: '', line: lines.broken, message }]);
  }
  const source = lines ? SourceFile.of(path, lines.text) : given;
  if (!lines) noOtherFormat(source);
  if (!lines) mustBeJson(source, 'an array of users, [ … ]');
  source.throwIfWrong();
  const value = source.value();
  const exported =
    (lines !== undefined && Array.isArray(value)) || isExport(value) ? (value as unknown[]) : undefined;
  const entries = exported
    ? exported.flatMap((one, place) => (isElsewhere(one) ? [] : [{ path: [place], value: importable(one) }]))
    : (source.check(z.array(z.unknown()), value) ?? []).map((value, place) => ({ path: [place], value }));
  const users = entries.flatMap((entry) => {
    const checked = source.check(importedUser, entry.value, entry.path);
    return checked ? [{ ...entry, user: fromImport(checked) }] : [];
  });
  // On raw values, to report it beside other mistakes.
  for (const key of ['email', 'user_id']) source.once(entries, key);
  source.throwIfWrong();
  const places = new Map(users.map(({ user, path }) => [user.user_id, path]));
  const all = users.map(({ user }) => user);
  const general = exported ? exportHints(exported) : [];
  return {
    users: all,
    file: path,
    // For an export without any hash, one hint covers all users.
    hints: exported && !all.some(hasPassword) ? general : [...general, ...withoutPassword(all)],
    lineOf: (userId) => {
      const place = places.get(userId);
      return place && source.lineOf(place);
    },
  };
}

/** @throws ConfigurationError for Auth0's other formats of users. */
function noOtherFormat(source: SourceFile): void {
  const say = (message: string) => {
    throw new ConfigurationError([{ file: source.file, path: '', line: 1, message }]);
  };
  const [first = ''] = source.text.trimStart().split('\n', 1);
  if (!/^[[{]/.test(first) && /e-?mail/i.test(first) && /[,;\t]/.test(first))
    say('is CSV: export the users as JSON, which Auth0 offers too');
  const { users } = (source.problems.length === 0 && (source.value() as { users?: unknown })) || {};
  if (Array.isArray(users)) say('must be an array: leave only the list under "users", [ … ]');
}

function fromImport(one: z.output<typeof importedUser>): ImportedUser {
  // A stable ID, so that `sub` survives a restart.
  const id = one.user_id ?? idFromEmail(one.email);
  return {
    ...normalized(one, id),
    user_id: userIdOf(identityOf({ name: '', strategy: 'auth0' }, id)),
    blocked: one.blocked,
    user_metadata: one.user_metadata,
    app_metadata: one.app_metadata,
    password_hash: one.password_hash,
    custom_password_hash: one.custom_password_hash,
  };
}

const hasPassword = (user: ImportedUser) =>
  user.password_hash !== undefined || user.custom_password_hash !== undefined;

/** Auth0 would send these users an e-mail to set a password. */
function withoutPassword(users: ImportedUser[]): string[] {
  const without = users.filter((user) => !hasPassword(user));
  const some = without.slice(0, 3).map(({ email, user_id }) => email ?? user_id);
  const all = some.length < without.length ? [...some, '…'] : some;
  return without.length === 0
    ? []
    : [`no password fits ${all.join(', ')}: add a password_hash for each user who logs in by one`];
}
