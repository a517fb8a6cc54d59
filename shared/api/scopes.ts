import type { Caller } from './types';

/** What each route of the API asks of an access token. */
export const SCOPES = {
  list: 'read:appointments',
  make: 'create:appointments',
  cancel: 'delete:appointments',
} as const;

/** The routes, for those who explain the API. */
export const ROUTES: readonly { route: string; scope: string }[] = [
  { route: 'GET /appointments', scope: SCOPES.list },
  { route: 'POST /appointments', scope: SCOPES.make },
  { route: 'DELETE /appointments/:id', scope: SCOPES.cancel },
];

/**
 * Why a caller may not do what needs a scope; undefined when they may. Two must have said yes: the user to this application, by
 * `scope` (RFC 6749, section 3.3), and, where the token has `permissions`, those who gave the user their roles. Either alone would let an
 * application do what the user did not allow it, or a user what they may not do.
 */
export function whyRefused({ scopes, permissions }: Caller, scope: string): string | undefined {
  if (!scopes.has(scope)) return `the token does not have the scope ${scope}`;
  if (permissions && !permissions.has(scope))
    return `the token has the scope ${scope}, but its permissions do not: the user may not do this`;
  return undefined;
}
