import { loadUsers } from '../../shared/tenant/config/users';
import { UserDirectory } from '../../shared/tenant/users/directory';

export const DATABASE = 'Username-Password-Authentication';

/** The users of a users.json; their changes are not stored. */
export async function readUsers(file: string): Promise<UserDirectory> {
  const directory = await UserDirectory.open({
    onTrouble: (reason) => {
      throw new Error(reason);
    },
  });
  directory.use(await loadUsers(file), { file: 'user-roles.json', assignments: [] }, DATABASE);
  return directory;
}
