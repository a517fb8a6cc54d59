import crypto from 'node:crypto';
import path from 'node:path';
import {
  type ConnectionName,
  connectionOf,
  identityOf,
  type Known,
  normalized,
  type User,
  userIdOf,
} from '../config/user';
import type { UserRolesFile } from '../config/user-roles';
import type { ImportedUser, UsersFile } from '../config/users';
import { RoleAssignments } from './role-assignments';
import { StoredFile } from './stored-file';
import {
  type OwnUser,
  overlaid,
  type RootChanges,
  type StoredUser,
  storedMetadata,
  storedUsers,
} from './stored-user';

export interface ConnectionProfile extends Known {
  /** The connection's ID without a prefix: `sub`, the NameID, … */
  user_id: string;
  attributes?: Record<string, unknown> | undefined;
}

/** Absent values remain. Metadata is merged by key; null removes a key, {} all of them. */
export interface UserChanges extends Known {
  blocked?: boolean | undefined;
  user_metadata?: Record<string, unknown> | undefined;
  app_metadata?: Record<string, unknown> | undefined;
  /** bcrypt, see `hashPassword`. */
  password_hash?: string | undefined;
}

export interface NewUser extends UserChanges {
  email: string;
  /** Without auth0|; made up if absent. */
  user_id?: string | undefined;
}

/** E-mail address or user_id is taken. */
export class UserExists extends Error {
  override name = 'UserExists';
}

export interface UserDirectoryOptions {
  folder?: string | undefined;
  onTrouble: (reason: string) => void;
  onDelete?: (userId: string) => void;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

/** users.json has no dates; a fixed one keeps ID tokens equal. */
const IMPORTED_AT = '2026-01-01T00:00:00.000Z';

/** All users: those of users.json, which is only read, with later changes, stored in the data folder. Changes take
 * effect in memory at once, and are written later, off the login's path. */
export class UserDirectory {
  readonly #changes = new Map<string, StoredUser>();
  readonly #users = new Map<string, User>();
  readonly #byEmail = new Map<string, string>();
  readonly #imported = new Map<string, ImportedUser>();
  readonly #now: () => number;
  readonly #roles = new RoleAssignments((id) => this.#users.get(id));
  #file: UsersFile | undefined;
  #database = '';
  #writer: StoredFile<Record<string, StoredUser>> | undefined;

  private constructor(private readonly options: UserDirectoryOptions) {
    this.#now = options.now ?? Date.now;
  }

  /** `use` adds the users of users.json. */
  static async open(options: UserDirectoryOptions): Promise<UserDirectory> {
    const directory = new UserDirectory(options);
    if (options.folder === undefined) return directory;
    const { stored, value } = await StoredFile.open(path.join(options.folder, 'kept-users.json'), {
      schema: storedUsers,
      take: () => Object.fromEntries(directory.#changes),
      onTrouble: options.onTrouble,
    });
    directory.#writer = stored;
    for (const [id, one] of Object.entries(value ?? {})) directory.#changes.set(id, one);
    return directory;
  }

  /** @param database the connection of users.json's users. */
  use(file: UsersFile, roles: UserRolesFile, database: string): void {
    this.#file = file;
    this.#database = database;
    this.#imported.clear();
    for (const user of file.users) this.#imported.set(user.user_id, user);
    this.#users.clear();
    this.#byEmail.clear();
    for (const id of this.#changes.keys()) if (!this.#imported.has(id)) this.#refresh(id);
    // Last, so that the file's user wins if two have one address.
    for (const id of this.#imported.keys()) this.#refresh(id);
    this.#roles.use(roles);
  }

  /** Ignores letter case and surrounding spaces. */
  findByEmail(connection: string, email: string): User | undefined {
    return this.findById(this.#byEmail.get(addressKey(connection, email)) ?? '');
  }

  findById(userId: string): User | undefined {
    return this.#users.get(userId);
  }

  all(): User[] {
    const imported = [...this.#imported.keys()].flatMap((id) => this.#users.get(id) ?? []);
    return [...imported, ...[...this.#users.values()].filter(({ user_id }) => !this.#imported.has(user_id))];
  }

  /** undefined for a user who is not in users.json. */
  placeOf(userId: string): { file: string; line: number } | undefined {
    const line = this.#file?.lineOf(userId);
    return this.#file && line !== undefined ? { file: this.#file.file, line } : undefined;
  }

  /** Creates or updates the user of a social or enterprise connection at a login. Metadata, `blocked` and roles are
   * the tenant's own and remain. */
  upsertFromConnection(connection: ConnectionName, profile: ConnectionProfile): User {
    const identity = identityOf(connection, profile.user_id);
    const id = userIdOf(identity);
    const before = this.#changes.get(id);
    const now = this.#time();
    const own: OwnUser = {
      ...normalized(profile, profile.user_id),
      blocked: before?.own?.blocked ?? false,
      created_at: before?.own?.created_at ?? now,
      identities: [identity],
      attributes: profile.attributes,
    };
    return this.#store(id, { ...before, own, updated_at: now });
  }

  /** For a database. @throws UserExists */
  create(connection: ConnectionName, given: NewUser): User {
    const id = given.user_id ?? crypto.randomBytes(12).toString('hex');
    const identity = identityOf(connection, id);
    const userId = userIdOf(identity);
    if (this.#users.has(userId)) throw new UserExists(`there is a user ${userId} already`);
    this.#mustBeFree(connection.name, given.email, userId);
    const { blocked = false, password_hash, user_metadata, app_metadata } = given;
    const now = this.#time();
    const own: OwnUser = {
      ...normalized(given, id),
      blocked,
      password_hash,
      created_at: now,
      identities: [identity],
    };
    return this.#store(userId, { own, user_metadata, app_metadata, updated_at: now });
  }

  /** @returns undefined for an unknown user.
   * @throws UserExists when the e-mail address is taken in the connection. */
  patch(userId: string, { user_metadata, app_metadata, ...rest }: UserChanges): User | undefined {
    const user = this.#users.get(userId);
    if (!user) return undefined;
    const changes = Object.fromEntries(
      Object.entries(rest).filter(([, value]) => value !== undefined),
    ) as RootChanges;
    if (changes.email !== undefined) this.#mustBeFree(connectionOf(user), changes.email, userId);
    const stored: StoredUser = { ...this.#changes.get(userId), updated_at: this.#time() };
    if (stored.own) stored.own = { ...stored.own, ...changes, ...withoutOtherHash(changes) };
    else stored.changes = { ...stored.changes, ...changes };
    if (user_metadata)
      stored.user_metadata = storedMetadata(user.user_metadata, stored.user_metadata, user_metadata);
    if (app_metadata)
      stored.app_metadata = storedMetadata(user.app_metadata, stored.app_metadata, app_metadata);
    return this.#store(userId, stored);
  }

  /** A user of users.json remains deleted although the file has them. @returns whether there was such a user. */
  delete(userId: string): boolean {
    if (!this.#users.has(userId)) return false;
    if (this.#imported.has(userId)) this.#changes.set(userId, { deleted: true });
    else this.#changes.delete(userId);
    this.#refresh(userId);
    this.#writer?.changed();
    this.options.onDelete?.(userId);
    return true;
  }

  /** Also moves `updated_at`, as on a real tenant. */
  recordLogin(userId: string, ip: string | undefined): void {
    const user = this.#users.get(userId);
    if (!user) return;
    const now = this.#time();
    const seen = {
      logins_count: user.logins_count + 1,
      last_login: now,
      last_ip: ip ?? user.last_ip,
      updated_at: now,
    };
    // No full rebuild: every login comes here.
    this.#changes.set(userId, { ...this.#changes.get(userId), ...seen });
    this.#users.set(userId, { ...user, ...seen });
    this.#writer?.changed();
  }

  /** Including roles that tenant.yaml does not define. */
  rolesOf(userId: string): string[] {
    return this.#roles.of(userId, this.#changes.get(userId));
  }

  /** @returns false for an unknown user. */
  changeRoles(userId: string, added: string[], removed: string[]): boolean {
    if (!this.#users.has(userId)) return false;
    const stored = this.#changes.get(userId);
    this.#store(userId, { ...stored, ...this.#roles.changed(userId, stored, added, removed) });
    return true;
  }

  /** Assignments without effect, each reported once. */
  idleAssignments(defined: ReadonlySet<string>): { role: string; reason: string }[] {
    return this.#roles.idle(defined, this.all());
  }

  /** Fulfilled when all changes are on disk. */
  flush(): Promise<void> {
    return this.#writer?.flush() ?? Promise.resolve();
  }

  close(): Promise<void> {
    return this.#writer?.close() ?? Promise.resolve();
  }

  #mustBeFree(connection: string, email: string, userId: string): void {
    const other = this.findByEmail(connection, email);
    if (other && other.user_id !== userId)
      throw new UserExists(`there is a user ${email} in ${connection} already`);
  }

  #store(userId: string, stored: StoredUser): User {
    this.#changes.set(userId, stored);
    this.#writer?.changed();
    return this.#refresh(userId) as User;
  }

  /** Rebuilds a user from file and stored changes. */
  #refresh(userId: string): User | undefined {
    const before = this.#users.get(userId);
    if (before?.email !== undefined) {
      const key = addressKey(connectionOf(before), before.email);
      if (this.#byEmail.get(key) === userId) this.#byEmail.delete(key);
    }
    const user = this.#together(userId);
    if (!user) {
      this.#users.delete(userId);
      return undefined;
    }
    this.#users.set(userId, user);
    if (user.email !== undefined) this.#byEmail.set(addressKey(connectionOf(user), user.email), userId);
    return user;
  }

  #together(userId: string): User | undefined {
    const stored: StoredUser = this.#changes.get(userId) ?? {};
    const imported = stored.own ? undefined : this.#imported.get(userId);
    if (stored.deleted) return undefined;
    const changes = stored.changes as RootChanges | undefined;
    const base = imported ? { ...imported, ...changes, ...withoutOtherHash(changes) } : stored.own;
    if (!base) return undefined;
    const { created_at, identities } = imported
      ? { created_at: IMPORTED_AT, identities: [this.#importedIdentity(userId)] }
      : (stored.own as OwnUser);
    return {
      ...base,
      user_id: userId,
      created_at,
      updated_at: stored.updated_at ?? created_at,
      identities,
      user_metadata: overlaid(imported?.user_metadata ?? {}, stored.user_metadata),
      app_metadata: overlaid(imported?.app_metadata ?? {}, stored.app_metadata),
      logins_count: stored.logins_count ?? 0,
      last_login: stored.last_login,
      last_ip: stored.last_ip,
    };
  }

  #importedIdentity(userId: string) {
    return identityOf({ name: this.#database, strategy: 'auth0' }, userId.slice('auth0|'.length));
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

const addressKey = (connection: string, email: string) => `${connection}\n${email.trim().toLowerCase()}`;

/** A new password replaces either kind of hash. */
const withoutOtherHash = (changes: RootChanges | undefined) =>
  changes?.password_hash === undefined ? {} : { custom_password_hash: undefined };
