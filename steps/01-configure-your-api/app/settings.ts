/** Every setting that is missing or malformed, in one message. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

type Parsers = Record<string, (text: string | undefined) => unknown>;

/**
 * Reads settings by name and reports all that are wrong at once.
 *
 * @param parsers each turns the text of one setting, or its absence, into its value, or throws an Error saying what it must be.
 */
export function readSettings<P extends Parsers>(
  env: NodeJS.ProcessEnv,
  parsers: P,
): { [K in keyof P]: ReturnType<P[K]> } {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, parse] of Object.entries(parsers)) {
    try {
      values[name] = parse(env[name]?.trim() || undefined);
    } catch (error) {
      problems.push(`  - ${name} ${(error as Error).message}`);
    }
  }
  if (problems.length > 0)
    throw new SettingsError(
      `The app cannot start. Set these in its environment or .env:\n${problems.join('\n')}`,
    );
  return values as { [K in keyof P]: ReturnType<P[K]> };
}

export function required(text: string | undefined): string {
  if (text === undefined) throw new Error('is missing');
  return text;
}

export function optional(text: string | undefined): string | undefined {
  return text;
}

/** An https URL, or an http one on this machine. */
export function url(text: string | undefined): URL {
  const value = URL.canParse(required(text)) ? new URL(required(text)) : undefined;
  const local = value !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(value.hostname);
  if (value?.protocol === 'https:' || (value?.protocol === 'http:' && local)) return value;
  throw new Error(`must be an https URL, or an http one on localhost, not "${text}"`);
}

export function port(text = '3000'): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Error(`must be a port number, not "${text}"`);
}
