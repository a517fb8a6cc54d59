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
