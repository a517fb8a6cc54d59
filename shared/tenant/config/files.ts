import path from 'node:path';
import { clientCredentials, signingSecrets } from './credentials';
import { ConfigurationError, loadTenantConfig } from './load';
import { Snapshot } from './snapshot';
import { loadUserRoles, type UserRolesFile } from './user-roles';
import { loadUsers, type UsersFile } from './users';

export interface FilePlaces {
  config: string;
  base?: string | undefined;
  users: string;
  roles?: string | undefined;
  data: string;
}

/** Takes effect together or not at all. */
export interface Files {
  snapshot: Snapshot;
  users: UsersFile;
  roles: UserRolesFile;
}

export const rolesPath = ({ roles, users }: FilePlaces) =>
  roles ?? path.join(path.dirname(users), 'user-roles.json');

/** Reads all files first, to report all mistakes at once. @throws ConfigurationError with every mistake. */
export async function loadFiles(options: FilePlaces, env: NodeJS.ProcessEnv): Promise<Files> {
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
    clientCredentials(options.data, config.config.clients, env),
    signingSecrets(options.data, config.config.resourceServers, env),
  ]);
  return { snapshot: new Snapshot(config, credentials, secrets), users, roles };
}
