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
] as const;
