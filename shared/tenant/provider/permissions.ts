import type { ResourceServer } from '../config/schema';
import type { TenantContext } from './context';

/** RBAC: a user's permissions at an API by all their roles. Asked for each token, so that a removed role narrows the
 * next refreshed one. @returns in the API's order. */
export function permissionsOf(
  userId: string,
  api: ResourceServer,
  { snapshot, users }: TenantContext,
): string[] {
  const permitted = new Set(
    users.rolesOf(userId).flatMap((role) => snapshot.permissions(role, api.identifier)),
  );
  return api.scopes.map(({ value }) => value).filter((value) => permitted.has(value));
}

/** A real tenant knows only these. */
export function definedRolesOf(userId: string, { snapshot, users }: TenantContext): string[] {
  return users.rolesOf(userId).filter((role) => snapshot.role(role) !== undefined);
}

export function whyNotPermitted(
  userId: string,
  api: ResourceServer,
  scope: string,
  tenant: TenantContext,
): string {
  const roles = definedRolesOf(userId, tenant);
  const bringing = tenant.snapshot.config.roles
    .map(({ name }) => name)
    .filter((name) => tenant.snapshot.permissions(name, api.identifier).includes(scope));
  const has =
    roles.length > 0 ? `no role of ${userId} (${roles.join(', ')}) permits it` : `${userId} has no role`;
  const would =
    bringing.length > 0
      ? `the role ${bringing.join(' or ')} would`
      : 'no role in tenant.yaml has it among its permissions';
  return `the API ${api.identifier} enforces RBAC (enforce_policies), and ${has}; ${would}`;
}
