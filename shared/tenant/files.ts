import path from 'node:path';
import { ConfigurationError, loadTenantConfig } from './config/load';
import { loadUserRoles, type UserRolesFile } from './config/user-roles';
import { loadUsers, type UsersFile } from './config/users';
import type { DataFolder } from './keys';
import { Snapshot } from './snapshot';

/** Where the files are; see the tenant's options. */
interface Where {
  config: string;
  base?: string | undefined;
  users: string;
  roles?: string;
}

/** What a tenant reads, in force together or not at all. */
export interface Files {
  snapshot: Snapshot;
  users: UsersFile;
  roles: UserRolesFile;
}

/** Where user-roles.json is, by the options. */
export const rolesPath = ({ roles, users }: Where) =>
  roles ?? path.join(path.dirname(users), 'user-roles.json');

/**
 * All files are read before any counts, so that all mistakes are told at once.
 *
 * @throws ConfigurationError with every mistake.
 */
export async function loadFiles(options: Where, data: DataFolder, env: NodeJS.ProcessEnv): Promise<Files> {
  const read = [
    loadTenantConfig(options.config, env, options.base),
    loadUsers(options.users),
    loadUserRoles(rolesPath(options), { mustExist: options.roles !== undefined }),
  ] as const;
  const failures = (await Promise.allSettled(read)).flatMap((one) =>
    one.status === 'rejected' ? [one.reason as Error] : [],
  );
  const problems = failures.flatMap((e) => (e instanceof ConfigurationError ? e.problems : []));
  const alsoRead = failures.flatMap((e) => (e instanceof ConfigurationError ? [...e.alsoRead] : []));
  if (problems.length > 0) throw new ConfigurationError(problems, new Map(alsoRead));
  const [config, users, roles] = await Promise.all(read);
  const [credentials, secrets] = await Promise.all([
    data.clientCredentials(config.config.clients, env),
    data.signingSecrets(config.config.resourceServers, env),
  ]);
  return { snapshot: new Snapshot(config, credentials, secrets), users, roles };
}
