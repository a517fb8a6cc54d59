import type { ResourceServer } from '../config/schema';
import type { TenantContext } from './context';

/**
 * Role-based access control: what a user may do at an API is what any of the user's roles permits there. It is asked again for each
 * token, so a role that was taken away narrows the next refreshed one.
 *
 * @returns in the order in which the API defines its scopes.
 */
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

/** The roles of a user that tenant.yaml defines: what a real tenant would know of. */
export function definedRolesOf(userId: string, { snapshot, users }: TenantContext): string[] {
  return users.rolesOf(userId).filter((role) => snapshot.role(role) !== undefined);
}

/** Why a user does not get a scope that the API defines, and what would bring it. */
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
