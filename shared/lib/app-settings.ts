/** The settings of an app with a store, from step 07 on. */
export const STORE_SETTINGS = [
  'STORE_URL',
  'STORE_KEYS',
  'SESSION_IDLE_SECONDS',
  'SESSION_ABSOLUTE_SECONDS',
  'LOCK_SECONDS',
  'TOKEN_REQUEST_SECONDS',
  'TRUST_PROXY',
] as const;

/** The settings of an app, by the names of Auth0's samples, without PORT, the port where it listens. */
export const APP_SETTINGS = [
  'ISSUER_BASE_URL',
  'CLIENT_ID',
  'CLIENT_SECRET',
  'CLIENT_AUTH',
  'AUDIENCE',
  'API_URL',
  'SESSION_SECRET',
  'BASE_URL',
  ...STORE_SETTINGS,
] as const;
