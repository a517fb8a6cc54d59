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
  };
  if (problems.length === 0) return config;
  const what = 'The app cannot start. Set these in its environment or .env:';
  throw new SettingsError([what, ...problems].join('\n'));
}

function port(text = '3000'): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Error(`must be a port number, not "${text}"`);
}

/** An https URL, or an http one on this machine. */
function url(text: string): URL {
  const value = URL.canParse(text) ? new URL(text) : undefined;
  const local = value !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(value.hostname);
  if (value?.protocol === 'https:' || (value?.protocol === 'http:' && local)) return value;
  throw new Error(`must be an https URL, or an http one on localhost, not "${text}"`);
}
