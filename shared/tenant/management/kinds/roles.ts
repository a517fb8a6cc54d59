import type { Router } from 'express';
import { textOf } from '../../../lib/json';
import type { Role } from '../../config/schema';
import { allow } from '../access';
import { bodyOf, existing, idIn, inDraft, invalid, type Kind, named } from '../collection';
import type { Management } from '../context';
import type { Entry } from '../draft';
import { ManagementError } from '../failure';
import { page } from '../page';
import { keepPermissions } from '../references';

/** Role assignments are not in tenant.yaml. */
export function roles(m: Management): Kind<Role> {
  const common = named(m, 'role');
  const replace = async (role: string, others: string[]) => {
    const { users } = m.tenant();
    for (const { user_id } of users.all())
      if (users.rolesOf(user_id).includes(role)) users.changeRoles(user_id, others, [role]);
    await users.flush();
  };
  return {
    ...common,
    sections: ['roles'],
    view: (role) => roleView(m, role),
    filter: ({ query }) => {
      const wanted = String(query.name_filter ?? '').toLowerCase();
      return ({ name }) => name.toLowerCase().includes(wanted);
    },
    required: ['name'],
    fixed: ['id', 'permissions'],
    incoming: ({ type: _, ...body }) => body,
    renamed: (draft, role, to) => {
      common.renamed(draft, role, to);
      draft.also(() => replace(role.name, [textOf(to.name)]));
    },
    deleted: (draft, { name }) => draft.also(() => replace(name, [])),
  };
}

export const roleView = (m: Management, { permissions: _, ...role }: Role) => ({
  ...role,
  id: m.ids.of('role', role.name),
});

/** A permission with the API's words for it. */
export function described(m: Management, permission: Role['permissions'][number]) {
  const api = m.tenant().snapshot.api(permission.resource_server_identifier);
  const description = api?.scopes.find(({ value }) => value === permission.permission_name)?.description;
  return { ...permission, description: description ?? '', resource_server_name: api?.name ?? '' };
}

export function roleParts(router: Router, m: Management, kind: Kind<Role>): void {
  const key = ({ resource_server_identifier, permission_name }: Entry) =>
    `${resource_server_identifier}\n${permission_name}`;
  router.get('/roles/:id/permissions', allow('read:roles'), (req, res) => {
    const all = existing(m, kind, idIn(req)).permissions.map((permission) => described(m, permission));
    res.json(page(all, 'permissions', req.query));
  });
  router.post('/roles/:id/permissions', allow('update:roles'), async (req, res) => {
    const given = permissionsOf(bodyOf(req));
    await m.writer.change((draft) => {
      const { raw } = inDraft(draft, kind, idIn(req));
      const before = Array.isArray(raw.permissions) ? (raw.permissions as Entry[]) : [];
      const there = new Set(before.map(key));
      const added = given.filter((permission) => !there.has(key(permission)));
      if (added.length > 0) raw.permissions = [...before, ...added];
    });
    res.status(201).end();
  });
  router.delete('/roles/:id/permissions', allow('update:roles'), async (req, res) => {
    const gone = new Set(permissionsOf(bodyOf(req)).map(key));
    await m.writer.change((draft) =>
      keepPermissions(inDraft(draft, kind, idIn(req)).raw, (permission) => !gone.has(key(permission))),
    );
    res.status(204).end();
  });
  router.get('/roles/:id/users', allow('read:role_members', 'read:users'), (req, res) => {
    const { users } = m.tenant();
    const { name } = existing(m, kind, idIn(req));
    const all = users
      .all()
      .filter(({ user_id }) => users.rolesOf(user_id).includes(name))
      .map((user) => ({ user_id: user.user_id, email: user.email, picture: user.picture, name: user.name }));
    res.json(page(all, 'users', req.query));
  });
  router.post('/roles/:id/users', allow('create:role_members', 'update:users'), async (req, res) => {
    const { users } = m.tenant();
    const { name } = existing(m, kind, idIn(req));
    const ids = texts(bodyOf(req), 'users');
    for (const id of ids) if (!users.findById(id)) throw noUser(id);
    for (const id of ids) users.changeRoles(id, [name], []);
    await users.flush();
    res.status(200).end();
  });
}

export const noUser = (id: string) =>
  new ManagementError(404, `The user does not exist: ${id}`, 'inexistent_user');

export function texts(body: Entry, name: string): string[] {
  const given = body[name];
  if (!Array.isArray(given) || given.length === 0 || !given.every((one) => typeof one === 'string'))
    throw invalid(`'${name}' must be a list of texts, and not an empty one`);
  return given as string[];
}

function permissionsOf({ permissions }: Entry): Entry[] {
  if (!Array.isArray(permissions)) throw invalid("'permissions' must be a list");
  return permissions.map((one) => {
    const { permission_name, resource_server_identifier } = (one ?? {}) as Entry;
    if (typeof permission_name !== 'string' || typeof resource_server_identifier !== 'string')
      throw invalid('each permission must have a permission_name and a resource_server_identifier');
    return { permission_name, resource_server_identifier };
  });
}
