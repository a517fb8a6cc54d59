/** What the app asks for at every log-in: who the user is, the appointments, and to go on while the user is away. */
export const scopes: readonly string[] = [
  'openid',
  'profile',
  'email',
  'read:appointments',
  'create:appointments',
  'delete:appointments',
  // BEGIN SOLUTION 4.1
  // STUB // Task 4.1: ask for offline access
  'offline_access',
  // END SOLUTION
];

/** Scopes that a page may ask for in addition, when the API said that they are missing. */
export const optionalScopes: readonly string[] = [
  'read:appointments',
  'create:appointments',
  'delete:appointments',
];
