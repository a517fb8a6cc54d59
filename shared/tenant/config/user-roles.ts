import { z } from 'zod';
import { mustBeJson, SourceFile } from './document';

/** E-mail addresses match database users only: a social provider may let anybody claim an address. */
const assignments = z.array(
  z
    .strictObject({
      email: z.email('must be an e-mail address').optional(),
      user_id: z
        .string()
        .regex(/^[^|]+\|./, 'must be a whole user_id, such as google-oauth2|1234')
        .optional(),
      roles: z.array(z.string().min(1)),
    })
    .refine((one) => (one.email === undefined) !== (one.user_id === undefined), {
      error: 'needs exactly one of email (a user of the database) and user_id (any user)',
    }),
);

export interface RoleAssignment {
  email?: string | undefined;
  user_id?: string | undefined;
  roles: string[];
  /** Counted from 1. */
  line: number;
}

export interface UserRolesFile {
  file: string;
  assignments: RoleAssignment[];
}

/** Reads user-roles.json, a format of the workshop: auth0-deploy-cli and bulk import carry no role assignments.
 * @param mustExist whether a missing file is a mistake. @throws ConfigurationError with every mistake. */
export async function loadUserRoles(path: string, { mustExist = true } = {}): Promise<UserRolesFile> {
  const source = await SourceFile.read(path, undefined, mustExist ? undefined : '[]');
  mustBeJson(source, 'an array of assignments, [ … ]');
  source.throwIfWrong();
  const value = source.value();
  const found = source.check(assignments, value) ?? [];
  // Two entries for one user would be ambiguous.
  const entries = Array.isArray(value) ? value.map((one, i) => ({ value: one, path: [i] })) : [];
  for (const key of ['email', 'user_id']) source.once(entries, key);
  source.throwIfWrong();
  return {
    file: path,
    assignments: found.map((one, i) => ({
      ...one,
      email: one.email?.toLowerCase(),
      line: source.lineOf([i]),
    })),
  };
}
