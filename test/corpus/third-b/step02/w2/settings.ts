// settings.py, as far as Node needs one
const env = (name: string) => {
  const value = process.env[name];
  if (!value) throw new Error(`ImproperlyConfigured: ${name}`);
  return value;
};
export const PORT = Number(env('PORT'));
export const SITE = env('BASE_URL');
export const OIDC = {
  issuer: env('ISSUER_BASE_URL'),
  client: env('CLIENT_ID'),
  secret: env('CLIENT_SECRET'),
  audience: env('AUDIENCE'),
  scope: 'openid profile email'
  ,
};
export const API = env('API_URL').replace(/\/+$/, '');
export const SECRET_KEY = env('SESSION_SECRET');
export const LOGIN_REDIRECT_URL = '/profile';
