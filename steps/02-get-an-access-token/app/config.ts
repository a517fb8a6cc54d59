/** Settings that are missing or malformed, all in one message. */
export class SettingsError extends Error {}

export type Config = ReturnType<typeof readConfig>;

/** Reads the app's settings, once, when it starts. @throws SettingsError */
export function readConfig(env: NodeJS.ProcessEnv) {
  const problems: string[] = [];
  const read = <T>(name: string, parse: (text: string | undefined) => T): T => {
    try {
      return parse(env[name]?.trim() || undefined);
    } catch (error) {
      problems.push(`  - ${name} ${(error as Error).message}`);
      return undefined as T;
    }
  };
  const config = {
    port: read('PORT', port),
    /** Where browsers reach the app. */
    baseUrl: read('BASE_URL', (text) => url(text ?? `http://localhost:${env.PORT ?? 3000}`)),
    /** The tenant: its name as an issuer, and where its metadata is. */
    issuerBaseUrl: read('ISSUER_BASE_URL', url),
    clientId: read('CLIENT_ID', required),
    clientSecret: read('CLIENT_SECRET', required),
    /** How the app proves to the tenant who it is (RFC 6749, section 2.3.1). */
    clientAuth: read('CLIENT_AUTH', clientAuth),
    /** The API's identifier. Without it the access token is opaque, good for the tenant's /userinfo only. */
    audience: read('AUDIENCE', (text) => text),
    sessionSecret: read('SESSION_SECRET', secret),
    /** Where the API listens; step 03 calls it. */
    apiUrl: read('API_URL', (text) => (text === undefined ? undefined : url(text))),
  };
  if (problems.length === 0) return config;
  const what = 'The app cannot start. Set these in its environment or .env:';
  throw new SettingsError([what, ...problems].join('\n'));
}

function required(text: string | undefined): string {
  if (text === undefined) throw new Error('is missing');
  return text;
}

function port(text = '3000'): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Error(`must be a port number, not "${text}"`);
}

/** An https URL, or an http one on this machine. */
function url(text: string | undefined): URL {
  const value = URL.canParse(required(text)) ? new URL(required(text)) : undefined;
  const local = value !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(value.hostname);
  if (value?.protocol === 'https:' || (value?.protocol === 'http:' && local)) return value;
  throw new Error(`must be an https URL, or an http one on localhost, not "${text}"`);
}

function clientAuth(text = 'post'): 'post' | 'basic' {
  if (text === 'post' || text === 'basic') return text;
  throw new Error(`must be post or basic, not "${text}"`);
}

function secret(text: string | undefined): string {
  if (required(text).length >= 32) return required(text);
  throw new Error('must have at least 32 characters: openssl rand -hex 32 makes one');
}
