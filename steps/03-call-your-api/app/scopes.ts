/** What the app asks for at every log-in: who the user is, and to see, make and cancel appointments. */
export const scopes: readonly string[] = [
  'openid',
  'profile',
  'email',
  // BEGIN SOLUTION 3.1
  // STUB // Task 3.1: ask for the API's scopes
  'read:appointments',
  'create:appointments',
  'delete:appointments',
  // END SOLUTION
];

/** Scopes that a page may ask for in addition, when the API said that they are missing. */
export const optionalScopes: readonly string[] = [
  'read:appointments',
  'create:appointments',
  'delete:appointments',
];
