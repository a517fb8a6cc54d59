import { scopes } from './scopes';
import { optional, port, readSettings, required, url } from './settings';

/** The app's settings, read once at its start. */
export interface Config {
  port: number;
  /** Where browsers reach the app. */
  baseUrl: URL;
  /** The tenant: its name as an issuer, and where its metadata is found. */
  issuerBaseUrl: URL;
  clientId: string;
  clientSecret: string;
  /** How the app proves to the tenant who it is (RFC 6749, section 2.3.1). */
  clientAuth: 'post' | 'basic';
  /** The API's identifier. Without it the access token is opaque, good for the tenant's /userinfo only. */
  audience: string | undefined;
  scopes: readonly string[];
  sessionSecret: string;
  /** Where the API listens; step 03 calls it. */
  apiUrl: URL | undefined;
}

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const found = readSettings(env, {
    PORT: port,
    BASE_URL: (text) => url(text ?? `http://localhost:${env.PORT ?? 3000}`),
    ISSUER_BASE_URL: url,
    CLIENT_ID: required,
    CLIENT_SECRET: required,
    CLIENT_AUTH: clientAuth,
    AUDIENCE: optional,
    SESSION_SECRET: sessionSecret,
    API_URL: (text) => (text === undefined ? undefined : url(text)),
  });
  return {
    port: found.PORT,
    baseUrl: found.BASE_URL,
    issuerBaseUrl: found.ISSUER_BASE_URL,
    clientId: found.CLIENT_ID,
    clientSecret: found.CLIENT_SECRET,
    clientAuth: found.CLIENT_AUTH,
    audience: found.AUDIENCE,
    scopes,
    sessionSecret: found.SESSION_SECRET,
    apiUrl: found.API_URL,
  };
}

function clientAuth(text = 'post'): 'post' | 'basic' {
  if (text === 'post' || text === 'basic') return text;
  throw new Error(`must be post or basic, not "${text}"`);
}

function sessionSecret(text: string | undefined): string {
  if (required(text).length >= 32) return required(text);
  throw new Error('must have at least 32 characters: openssl rand -hex 32 makes one');
}
