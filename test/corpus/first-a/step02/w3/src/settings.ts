export interface Settings {
  port: number;
  baseUrl: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  audience: string;
  apiUrl: string;
  sessionSecret: string;
}

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const get = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === '') throw new Error(`Please set ${name}.`);
    return value;
  };
  return {
    port: Number(get('PORT')),
    baseUrl: get('BASE_URL'),
    issuer: get('ISSUER_BASE_URL'),
    clientId: get('CLIENT_ID'),
    clientSecret: get('CLIENT_SECRET'),
    audience: get('AUDIENCE'),
    apiUrl: get('API_URL'),
    sessionSecret: get('SESSION_SECRET'),
  };
}

export const LOGIN_SCOPES = ['openid', 'profile', 'email'];
