/** The scope that each route of the Appointments API demands. */
export const ROUTES: readonly { route: string; scope: string }[] = [
  { route: 'GET /appointments', scope: 'read:appointments' },
  { route: 'POST /appointments', scope: 'create:appointments' },
  { route: 'DELETE /appointments/:id', scope: 'delete:appointments' },
];
