import type { User } from '../config/user';
import type { RoleAssignment, UserRolesFile } from '../config/user-roles';
import type { StoredUser } from './stored-user';

export class RoleAssignments {
  readonly #byEmail = new Map<string, RoleAssignment>();
  readonly #byId = new Map<string, RoleAssignment>();
  readonly #reported = new Set<string>();
  #file = '';

  constructor(private readonly user: (userId: string) => User | undefined) {}

  use({ file, assignments }: UserRolesFile): void {
    this.#file = file;
    this.#byEmail.clear();
    this.#byId.clear();
    for (const one of assignments) {
      if (one.email !== undefined) this.#byEmail.set(one.email, one);
      else if (one.user_id !== undefined) this.#byId.set(one.user_id, one);
    }
  }

  of(userId: string, stored: StoredUser | undefined): string[] {
    const removed = stored?.rolesRemoved ?? [];
    return [...new Set([...this.#inFile(userId), ...(stored?.rolesAdded ?? [])])].filter(
      (role) => !removed.includes(role),
    );
  }

  changed(
    userId: string,
    stored: StoredUser | undefined,
    added: string[],
    removed: string[],
  ): Pick<StoredUser, 'rolesAdded' | 'rolesRemoved'> {
    const inFile = this.#inFile(userId);
    const remaining = (stored?.rolesAdded ?? []).filter((role) => !removed.includes(role));
    const gone = (stored?.rolesRemoved ?? []).filter((role) => !added.includes(role));
    return {
      rolesAdded: [...new Set([...remaining, ...added.filter((role) => !inFile.includes(role))])],
      rolesRemoved: [...new Set([...gone, ...removed.filter((role) => inFile.includes(role))])],
    };
  }

  /** Entries of the file without effect: undefined roles and unknown users; each reported once. */
  idle(defined: ReadonlySet<string>, users: User[]): { role: string; reason: string }[] {
    const addresses = new Set(users.filter(isDatabaseUser).map(({ email }) => email?.toLowerCase()));
    const ids = new Set(users.map(({ user_id }) => user_id));
    return [...this.#byEmail.values(), ...this.#byId.values()].flatMap(({ email, user_id, roles, line }) => {
      const known = email === undefined ? ids.has(user_id ?? '') : addresses.has(email);
      return roles.flatMap((role) => {
        const who = email ?? user_id ?? '';
        const where = `${this.#file}:${line} gives it to ${who}`;
        const reason = !defined.has(role)
          ? `${where}, and tenant.yaml defines no role of this name (roles)`
          : known
            ? undefined
            : `${where}, and there is no such user yet`;
        if (reason === undefined || this.#reported.has(`${role} ${who}`)) return [];
        this.#reported.add(`${role} ${who}`);
        return [{ role, reason }];
      });
    });
  }

  #inFile(userId: string): readonly string[] {
    const byId = this.#byId.get(userId)?.roles ?? [];
    const user = this.user(userId);
    const byEmail =
      user && isDatabaseUser(user) ? this.#byEmail.get(user.email?.toLowerCase() ?? '') : undefined;
    return byEmail ? [...byEmail.roles, ...byId] : byId;
  }
}

const isDatabaseUser = ({ identities }: User): boolean => identities[0]?.provider === 'auth0';
