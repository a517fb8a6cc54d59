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

/** What a connection says of somebody who logged in there. */
export interface ConnectionProfile extends Known {
  /** What the connection calls the user: `sub`, the NameID, … without anything before it. */
  user_id: string;
  /** What else it says. */
  attributes?: Record<string, unknown> | undefined;
}

/** What may be changed of a user; what is absent stays. Metadata is merged key by key, null takes a key away, {} all
 * of them. */
export interface UserChanges extends Known {
  blocked?: boolean | undefined;
  user_metadata?: Record<string, unknown> | undefined;
  app_metadata?: Record<string, unknown> | undefined;
  /** bcrypt: see `hashPassword` in passwords.ts. */
  password_hash?: string | undefined;
}

export interface NewUser extends UserChanges {
  email: string;
  /** Without auth0| before it; made up when absent. */
  user_id?: string | undefined;
}

/** A user of this e-mail address or user_id is there already. */
export class UserExists extends Error {
  override name = 'UserExists';
}

export interface UserDirectoryOptions {
  /** The data folder; without one nothing outlives the tenant. */
  folder?: string | undefined;
  /** Told when what was stored is damaged or cannot be kept. */
  onTrouble: (reason: string) => void;
  /** Told of each user who is deleted. */
  onDelete?: (userId: string) => void;
  /** Milliseconds since the epoch; tests move it. */
  now?: () => number;
}

/** users.json has no dates; a fixed one keeps ID tokens of the same user alike. */
const IMPORTED_AT = '2026-01-01T00:00:00.000Z';

/**
 * All users of the tenant, as long as it lives: those of users.json, which is only read, and over it whatever came since, kept in the data
 * folder (kept-users.json). Look-ups and changes happen in memory, at once; what is kept follows soon after, off the login's way.
 */
export class UserDirectory {
  readonly #kept = new Map<string, StoredUser>();
  readonly #users = new Map<string, User>();
  /** By connection and e-mail address. */
  readonly #byEmail = new Map<string, string>();
  readonly #imported = new Map<string, ImportedUser>();
  readonly #now: () => number;
  readonly #roles = new RoleAssignments((id) => this.#users.get(id));
  #file: UsersFile | undefined;
  #database = '';
  #store: StoredFile<Record<string, StoredUser>> | undefined;

  private constructor(private readonly options: UserDirectoryOptions) {
    this.#now = options.now ?? Date.now;
  }

  /** Opens what was stored; the users of users.json come with `use`. */
  static async open(options: UserDirectoryOptions): Promise<UserDirectory> {
    const directory = new UserDirectory(options);
    if (options.folder === undefined) return directory;
    const { kept, value } = await StoredFile.open(path.join(options.folder, 'kept-users.json'), {
      schema: storedUsers,
      take: () => Object.fromEntries(directory.#kept),
      onTrouble: options.onTrouble,
    });
    directory.#store = kept;
    for (const [id, one] of Object.entries(value ?? {})) directory.#kept.set(id, one);
    return directory;
  }

  /** Takes both files as they are now.
   * @param database the connection to which users.json's users belong: the tenant's first database. */
  use(file: UsersFile, roles: UserRolesFile, database: string): void {
    this.#file = file;
    this.#database = database;
    this.#imported.clear();
    for (const user of file.users) this.#imported.set(user.user_id, user);
    this.#users.clear();
    this.#byEmail.clear();
    for (const id of this.#kept.keys()) if (!this.#imported.has(id)) this.#refresh(id);
    // Last, so that of two users with one address the file's is found by it.
    for (const id of this.#imported.keys()) this.#refresh(id);
    this.#roles.use(roles);
  }

  /** A connection's user. Letter case and spaces around do not matter. */
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

  /** Where a user stands in users.json; undefined for one who came later. */
  placeOf(userId: string): { file: string; line: number } | undefined {
    const line = this.#file?.lineOf(userId);
    return this.#file && line !== undefined ? { file: this.#file.file, line } : undefined;
  }

  /** The user who logged in through a social or enterprise connection: made at the first login, with the connection's
   * profile as it is now at each later one. Metadata, `blocked` and roles are the tenant's own and stay. */
  upsertFromConnection(connection: ConnectionName, profile: ConnectionProfile): User {
    const identity = identityOf(connection, profile.user_id);
    const id = userIdOf(identity);
    const before = this.#kept.get(id);
    const now = this.#time();
    const own: OwnUser = {
      ...normalized(profile, profile.user_id),
      blocked: before?.own?.blocked ?? false,
      created_at: before?.own?.created_at ?? now,
      identities: [identity],
      attributes: profile.attributes,
    };
    return this.#keep(id, { ...before, own, updated_at: now });
  }

  /** Makes a user of a database connection. @throws UserExists */
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
    return this.#keep(userId, { own, user_metadata, app_metadata, updated_at: now });
  }

  /** @returns undefined when there is no such user.
   * @throws UserExists when another user of the connection has the e-mail address. */
  patch(userId: string, { user_metadata, app_metadata, ...rest }: UserChanges): User | undefined {
    const user = this.#users.get(userId);
    if (!user) return undefined;
    const changes = Object.fromEntries(
      Object.entries(rest).filter(([, value]) => value !== undefined),
    ) as RootChanges;
    if (changes.email !== undefined) this.#mustBeFree(connectionOf(user), changes.email, userId);
    const kept: StoredUser = { ...this.#kept.get(userId), updated_at: this.#time() };
    if (kept.own) kept.own = { ...kept.own, ...changes, ...withoutOtherHash(changes) };
    else kept.changes = { ...kept.changes, ...changes };
    if (user_metadata)
      kept.user_metadata = storedMetadata(user.user_metadata, kept.user_metadata, user_metadata);
    if (app_metadata) kept.app_metadata = storedMetadata(user.app_metadata, kept.app_metadata, app_metadata);
    return this.#keep(userId, kept);
  }

  /** @returns whether there was such a user. One of users.json stays deleted though the file still has them. */
  delete(userId: string): boolean {
    if (!this.#users.has(userId)) return false;
    if (this.#imported.has(userId)) this.#kept.set(userId, { deleted: true });
    else this.#kept.delete(userId);
    this.#refresh(userId);
    this.#store?.changed();
    this.options.onDelete?.(userId);
    return true;
  }

  /** Counts a login that has just succeeded; `updated_at` moves with it, as on a real tenant. */
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
    // Not put together again: every login comes here.
    this.#kept.set(userId, { ...this.#kept.get(userId), ...seen });
    this.#users.set(userId, { ...user, ...seen });
    this.#store?.changed();
  }

  /** The names of a user's roles, whether or not tenant.yaml defines them. */
  rolesOf(userId: string): string[] {
    return this.#roles.of(userId, this.#kept.get(userId));
  }

  /** @returns false when there is no such user. */
  assignRoles(userId: string, roles: string[]): boolean {
    return this.#changeRoles(userId, roles, []);
  }

  /** @returns false when there is no such user. */
  removeRoles(userId: string, roles: string[]): boolean {
    return this.#changeRoles(userId, [], roles);
  }

  /** What user-roles.json and earlier changes assign that cannot count, with the reason; each is told once. */
  idleAssignments(defined: ReadonlySet<string>): { role: string; reason: string }[] {
    return this.#roles.idle(defined, this.all());
  }

  /** Fulfilled when all changes until now are on the disk: for whoever must answer that they are. */
  flush(): Promise<void> {
    return this.#store?.flush() ?? Promise.resolve();
  }

  close(): Promise<void> {
    return this.#store?.close() ?? Promise.resolve();
  }

  #changeRoles(userId: string, added: string[], removed: string[]): boolean {
    if (!this.#users.has(userId)) return false;
    const kept = this.#kept.get(userId);
    this.#keep(userId, { ...kept, ...this.#roles.changed(userId, kept, added, removed) });
    return true;
  }

  #mustBeFree(connection: string, email: string, userId: string): void {
    const other = this.findByEmail(connection, email);
    if (other && other.user_id !== userId)
      throw new UserExists(`there is a user ${email} in ${connection} already`);
  }

  #keep(userId: string, kept: StoredUser): User {
    this.#kept.set(userId, kept);
    this.#store?.changed();
    return this.#refresh(userId) as User;
  }

  /** Puts a user together again, from the file and from what is kept. */
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
    const kept: StoredUser = this.#kept.get(userId) ?? {};
    const imported = kept.own ? undefined : this.#imported.get(userId);
    if (kept.deleted) return undefined;
    const changes = kept.changes as RootChanges | undefined;
    const base = imported ? { ...imported, ...changes, ...withoutOtherHash(changes) } : kept.own;
    if (!base) return undefined;
    const { created_at, identities } = imported
      ? { created_at: IMPORTED_AT, identities: [this.#importedIdentity(userId)] }
      : (kept.own as OwnUser);
    return {
      ...base,
      user_id: userId,
      created_at,
      updated_at: kept.updated_at ?? created_at,
      identities,
      user_metadata: overlaid(imported?.user_metadata ?? {}, kept.user_metadata),
      app_metadata: overlaid(imported?.app_metadata ?? {}, kept.app_metadata),
      logins_count: kept.logins_count ?? 0,
      last_login: kept.last_login,
      last_ip: kept.last_ip,
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

/** A new password takes the place of whichever hash there was. */
const withoutOtherHash = (changes: RootChanges | undefined) =>
  changes?.password_hash === undefined ? {} : { custom_password_hash: undefined };
