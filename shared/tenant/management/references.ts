import { textOf } from '../../lib/json';
import type { Plain } from '../config/edit';
import { type Draft, type Entry, isEntry } from './draft';

/** tenant.yaml names an application by name or by client ID. */
export function renameApplication(draft: Draft, names: readonly string[], to: string): void {
  for (const connection of connections(draft)) {
    const { enabled_clients: enabled } = connection;
    if (Array.isArray(enabled))
      connection.enabled_clients = enabled.map((one) => (names.includes(textOf(one)) ? to : one));
  }
  for (const grant of list(draft, 'clientGrants'))
    if (names.includes(textOf(grant.client_id))) grant.client_id = to;
}

export function forgetApplication(draft: Draft, names: readonly string[]): void {
  for (const connection of connections(draft)) {
    const { enabled_clients: enabled } = connection;
    if (Array.isArray(enabled) && enabled.some((one) => names.includes(textOf(one))))
      connection.enabled_clients = enabled.filter((one) => !names.includes(textOf(one)));
  }
  keep(draft, 'clientGrants', (grant) => !names.includes(textOf(grant.client_id)));
}

export function forgetApi(draft: Draft, identifier: string): void {
  keep(draft, 'clientGrants', (grant) => grant.audience !== identifier);
  for (const role of list(draft, 'roles'))
    keepPermissions(role, (permission) => permission.resource_server_identifier !== identifier);
  const { tenant } = draft.raw;
  if (isEntry(tenant) && tenant.default_audience === identifier) delete tenant.default_audience;
}

/** A removed scope can't be a permission. */
export function forgetScopes(draft: Draft, identifier: string, left: ReadonlySet<string>): void {
  for (const role of list(draft, 'roles'))
    keepPermissions(
      role,
      ({ resource_server_identifier, permission_name }) =>
        resource_server_identifier !== identifier || left.has(textOf(permission_name)),
    );
}

/** @param to undefined for a deleted Action. */
export function renameAction(draft: Draft, from: string, to: string | undefined): void {
  const { triggers } = draft.raw;
  if (!isEntry(triggers)) return;
  for (const [trigger, bound] of Object.entries(triggers)) {
    if (!Array.isArray(bound) || !bound.some((one) => isEntry(one) && one.action_name === from)) continue;
    triggers[trigger] = bound.flatMap((one): Plain[] => {
      if (!isEntry(one) || one.action_name !== from) return [one];
      return to === undefined ? [] : [{ ...one, action_name: to }];
    });
  }
}

export function keepPermissions(role: Entry, remains: (permission: Entry) => boolean): void {
  const { permissions } = role;
  if (Array.isArray(permissions) && !permissions.every((one) => remains(one as Entry)))
    role.permissions = permissions.filter((one) => remains(one as Entry));
}

const list = ({ raw }: Draft, section: string): Entry[] =>
  Array.isArray(raw[section]) ? (raw[section] as Entry[]) : [];

const connections = (draft: Draft) => [...list(draft, 'databases'), ...list(draft, 'connections')];

function keep(draft: Draft, section: string, remains: (entry: Entry) => boolean): void {
  const found = list(draft, section);
  if (!found.every(remains)) draft.raw[section] = found.filter(remains);
}
