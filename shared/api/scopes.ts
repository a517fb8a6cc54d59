import type { Caller } from './types';

export const SCOPES = {
  list: 'read:appointments',
  make: 'create:appointments',
  cancel: 'delete:appointments',
} as const;

export const ROUTES: readonly { route: string; scope: string }[] = [
  { route: 'GET /appointments', scope: SCOPES.list },
  { route: 'POST /appointments', scope: SCOPES.make },
  { route: 'DELETE /appointments/:id', scope: SCOPES.cancel },
];

/** Why a caller lacks a scope; undefined when they have it. Two must agree: the user, by `scope` (RFC 6749, section
 * 3.3), and whoever assigned the user's roles, by `permissions`, if the token has that claim. */
export function whyNotPermitted({ scopes, permissions }: Caller, scope: string): string | undefined {
  if (!scopes.has(scope)) return `the token does not have the scope ${scope}`;
  if (permissions && !permissions.has(scope))
    return `the token has the scope ${scope}, but its permissions do not: the user may not do this`;
  return undefined;
}
