import fs from 'node:fs';
import path from 'node:path';
import { workFolder } from '../../lib/places';
import type { Tenant } from '../../tenant';
import { fileLink } from '../file-link';

type Overview = ReturnType<Tenant['overview']>;

/** tenant.yaml and users.json for the page, each entry with its place. @param folder the app's: the tenant may read a
 * copy of its tenant.yaml, line by line the same. */
export function configurationOf(overview: Overview, folder: string) {
  const copied = path.dirname(overview.file) === path.join(workFolder(), 'tenant');
  const own = path.join(folder, 'tenant.yaml');
  const file = copied && fs.existsSync(own) ? own : overview.file;
  const { problems = [], apis, applications, roles, code, users, endpoints } = overview;
  return {
    file: fileLink(file, 1).text.replace(/:1$/, ''),
    /** The tenant reads a copy, because the app listens on another port than the file says. */
    copied,
    problems: problems.map((one) => ({
      place: fileLink(path.resolve(one.file === overview.file ? file : one.file), one.line),
      path: one.path,
      message: one.message,
    })),
    apis: apis.map((api) => ({ ...api, place: fileLink(file, api.line) })),
    applications: applications.map((app) => ({ ...app, place: fileLink(file, app.line) })),
    roles: roles.map((role) => ({ ...role, place: fileLink(file, role.line) })),
    code: code.map((one) => ({ ...one, place: fileLink(one.file, 1) })),
    users: users.map((user) => ({
      ...user,
      place: user.file === undefined ? undefined : fileLink(user.file, user.line ?? 1),
    })),
    endpoints,
  };
}
