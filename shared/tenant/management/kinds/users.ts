import type { Request, Router } from 'express';
import { z } from 'zod';
import { connectionOf, profileOf, type User } from '../../config/user';
import { UserExists } from '../../users/directory';
import { hashPassword } from '../../users/passwords';
import { allow, callerOf, insufficientScope } from '../access';
import { bodyOf, idIn, invalid } from '../collection';
import type { Management } from '../context';
import { ManagementError } from '../failure';
import { fields, page } from '../page';
import { described, noUser, roleView, texts } from './roles';
import { userFilter } from './user-query';

const metadata = z.record(z.string(), z.unknown());
const password = z.string().min(8, 'must have at least 8 characters').max(72);
const text = z.string().min(1).optional();
const profile = {
  email: z.email().optional(),
  email_verified: z.boolean().optional(),
  username: text,
  given_name: text,
  family_name: text,
  name: text,
  nickname: text,
  picture: z.url().optional(),
  blocked: z.boolean().optional(),
  user_metadata: metadata.optional(),
  app_metadata: metadata.optional(),
};
/** Accepted, without effect. */
const unread = z.unknown().optional();
const sent = { verify_email: unread, verify_password: unread, client_id: unread };
const newUser = z.strictObject({
  ...profile,
  email: z.email(),
  connection: z.string(),
  password,
  user_id: text,
  ...sent,
});
const userChanges = z.strictObject({ ...profile, password: password.optional(), connection: text, ...sent });

/** Users are in the user directory, not in tenant.yaml. */
export function users(router: Router, m: Management): void {
  readUsers(router, m);
  changeUsers(router, m);
  rolesOfUsers(router, m);
}

function existing(m: Management, req: Request): User {
  const user = m.tenant().users.findById(idIn(req));
  if (!user) throw noUser(idIn(req));
  return user;
}

function readUsers(router: Router, m: Management): void {
  router.get('/users', allow('read:users'), (req, res) => {
    const fits = userFilter(String(req.query.q ?? ''));
    const { connection } = req.query;
    const all = m.tenant().users.all();
    const ofIt = all.filter((user) => connection === undefined || connectionOf(user) === connection);
    res.json(page(ofIt.map(profileOf).filter(fits), 'users', req.query));
  });
  router.get('/users-by-email', allow('read:users'), (req, res) => {
    const email = String(req.query.email ?? '').toLowerCase();
    const found = m
      .tenant()
      .users.all()
      .filter((user) => user.email?.toLowerCase() === email);
    res.json(found.map((user) => fields(req.query)(profileOf(user))));
  });
  router.get('/users/:id', allow('read:users'), (req, res) => {
    res.json(fields(req.query)(profileOf(existing(m, req))));
  });
  router.get('/users/:id/permissions', allow('read:users'), (req, res) => {
    res.json(page(permissionsOf(m, existing(m, req)), 'permissions', req.query));
  });
}

function changeUsers(router: Router, m: Management): void {
  router.post('/users', allow('create:users'), async (req, res) => {
    const body = checked(newUser, bodyOf(req));
    const { password: secret, connection, verify_email, verify_password, client_id, ...rest } = body;
    const database = m.tenant().snapshot.databases?.find(({ name }) => name === connection);
    if (!database && connection !== m.tenant().snapshot.firstDatabase)
      throw new ManagementError(
        404,
        `The connection does not exist or is no database: ${connection}`,
        'inexistent_connection',
      );
    const password_hash = await hashPassword(secret);
    const made = unlessExists(() =>
      m.tenant().users.create({ name: connection, strategy: 'auth0' }, { ...rest, password_hash }),
    );
    await m.tenant().users.flush();
    res.status(201).json(profileOf(made));
  });
  router.patch('/users/:id', allow('update:users', 'update:users_app_metadata'), async (req, res) => {
    const before = existing(m, req);
    const body = checked(userChanges, bodyOf(req));
    const { password: secret, connection, verify_email, verify_password, client_id, ...rest } = body;
    if (!callerOf(req).scopes.has('update:users') && Object.keys(body).some((key) => key !== 'app_metadata'))
      throw insufficientScope(['update:users']);
    mayBeChanged(before, { ...rest, password: secret });
    const password_hash = secret === undefined ? undefined : await hashPassword(secret);
    const user = unlessExists(() => m.tenant().users.patch(before.user_id, { ...rest, password_hash }));
    if (!user) throw noUser(before.user_id);
    await m.tenant().users.flush();
    res.json(profileOf(user));
  });
  router.delete('/users/:id', allow('delete:users'), async (req, res) => {
    m.tenant().users.delete(idIn(req));
    await m.tenant().users.flush();
    res.status(204).end();
  });
}

function rolesOfUsers(router: Router, m: Management): void {
  router.get('/users/:id/roles', allow('read:users', 'read:role_members'), (req, res) => {
    const { snapshot, users: directory } = m.tenant();
    const names = directory.rolesOf(existing(m, req).user_id);
    const roles = snapshot.config.roles.filter(({ name }) => names.includes(name));
    res.json(
      page(
        roles.map((role) => roleView(m, role)),
        'roles',
        req.query,
      ),
    );
  });
  for (const [method, scope] of [
    ['post', 'create:role_members'],
    ['delete', 'delete:role_members'],
  ] as const)
    router[method]('/users/:id/roles', allow('update:users', scope), async (req, res) => {
      const { snapshot, users: directory } = m.tenant();
      const { user_id } = existing(m, req);
      const names = texts(bodyOf(req), 'roles').map((id) => {
        const role = snapshot.config.roles.find(({ name }) => m.ids.of('role', name) === id);
        if (!role) throw new ManagementError(404, `The role does not exist: ${id}`, 'inexistent_role');
        return role.name;
      });
      if (method === 'post') directory.changeRoles(user_id, names, []);
      else directory.changeRoles(user_id, [], names);
      await directory.flush();
      res.status(204).end();
    });
}

/** With the roles that grant each permission. */
function permissionsOf(m: Management, { user_id }: User): object[] {
  const { snapshot, users: directory } = m.tenant();
  const names = directory.rolesOf(user_id);
  const found = new Map<string, ReturnType<typeof described> & { sources: object[] }>();
  for (const { name, permissions } of snapshot.config.roles.filter((role) => names.includes(role.name)))
    for (const permission of permissions) {
      const key = `${permission.resource_server_identifier}\n${permission.permission_name}`;
      const entry = found.get(key) ?? { ...described(m, permission), sources: [] };
      entry.sources.push({ source_id: m.ids.of('role', name), source_name: name, source_type: 'ROLE' });
      found.set(key, entry);
    }
  return [...found.values()];
}

/** Attributes from a connection are read-only. */
function mayBeChanged(user: User, changes: Record<string, unknown>): void {
  if (user.identities[0]?.provider === 'auth0') return;
  const foreign = Object.keys(changes).filter(
    (key) => changes[key] !== undefined && !['blocked', 'user_metadata', 'app_metadata'].includes(key),
  );
  if (foreign.length > 0)
    throw new ManagementError(
      400,
      `The following user attributes cannot be updated: ${foreign.join(', ')}. The connection (${connectionOf(user)}) should either be a database connection or be the one that says them.`,
      'operation_not_supported',
    );
}

function checked<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const messages = result.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `Additional properties not allowed: ${issue.keys.join(', ')}`
      : `'${issue.path.join('.')}' ${issue.message}`,
  );
  throw invalid(messages.join('; '));
}

function unlessExists<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof UserExists)
      throw new ManagementError(409, `The user already exists: ${error.message}`, 'auth0_idp_error');
    throw error;
  }
}
