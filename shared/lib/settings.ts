import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { attempt } from './attempt';
import { commandContext } from './command-context';
import { noFolder } from './no-folder';
import { fromHere } from './places';
import { printable } from './printable';
import { UserError } from './user-error';

/** The sources of one setting. The first present one wins: flag, environment, .env file. */
export interface Setting<T> {
  /** The name in environment and .env, e.g. ISSUER_BASE_URL. */
  env: string;
  /** The command-line value; default: that of the key in `flags`. */
  flag?: string | undefined;
  /** The flag's spelling for messages; default: `--` and the key. */
  flagName?: string;
  /** Used when nothing is given. Without it the setting is required. */
  fallback?: string;
  /** Turns text into the value; throws an Error whose message says what was expected. */
  parse: (text: string) => T;
}

/** Options of a command, as commander has them. */
export type Flags = { env?: string } & { [flag: string]: string | boolean | undefined };

type Values<S> = { [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** Reads all settings and reports the missing and malformed ones in one message. @param flags by setting, and --env.
 * @param envFile counts as empty if missing, unless `mustExist`. @throws UserError naming each bad setting. */
export function readSettings<S extends Record<string, Setting<unknown>>>(
  settings: S,
  {
    flags,
    envFile = flags && (flags.env ?? '.env'),
    mustExist = flags?.env !== undefined,
    env = commandContext().env,
  }: { flags?: Flags; envFile?: string | undefined; mustExist?: boolean; env?: NodeJS.ProcessEnv } = {},
): Values<S> {
  const file = readEnvFile(envFile, mustExist);
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, s] of Object.entries(settings)) {
    const found = [
      { text: s.flag ?? flags?.[key]?.toString(), from: `flag ${s.flagName ?? `--${key}`}` },
      { text: env[s.env] || undefined, from: 'environment' },
      { text: file[s.env] || undefined, from: envFile ?? '.env' },
      { text: s.fallback, from: 'default' },
    ].find((source) => source.text !== undefined);
    if (!found) {
      problems.push(`${s.env} is missing`);
      continue;
    }
    try {
      values[key] = s.parse(found.text as string);
    } catch (error) {
      problems.push(`${s.env} (from ${found.from}) ${(error as Error).message}`);
    }
  }
  if (problems.length > 0) {
    throw new UserError(
      `Settings to fix:\n${problems.map((p) => `  - ${p}`).join('\n')}\nSet them in the environment${envFile ? ` or in ${envFile}` : ' or in .env'}.`,
    );
  }
  return values as Values<S>;
}

/** The settings of a .env file; a missing file counts as empty unless `mustExist`. */
export function readEnvFile(path: string | undefined, mustExist = false): Record<string, string> {
  if (!path) return {};
  const file = fromHere(path);
  if (!existsSync(file)) {
    if (mustExist)
      throw new UserError(`The settings file ${path} does not exist. Check the path given with --env.`);
    return {};
  }
  noFolder(file);
  try {
    return parseEnv(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch (error) {
    throw new UserError(`The settings file ${path} cannot be read: ${(error as Error).message}`);
  }
}

/** A TCP port, 0 to 65535; 0 takes a free one. */
export function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) {
    throw new Error(`must be a port number from 0 to 65535, not "${printable(text)}"`);
  }
  return Number(text);
}

export const isHttpsOrLoopback = (text: string): boolean =>
  attempt(() => httpsOrLoopbackUrl(text)) !== undefined;

/** Any https URL, or an http one on loopback, as an issuer or an API may have. */
export function httpsOrLoopbackUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error(`must be a URL such as https://example.eu.auth0.com/, not "${printable(text)}"`);
  if (url.protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    throw new Error(`must be https, or http on localhost, not "${printable(text)}"`);
  }
  return url;
}

/** true or false, also as 1 or 0. */
export function yesOrNo(text: string): boolean {
  if (!/^(true|false|1|0)$/.test(text)) throw new Error(`must be true or false, not "${printable(text)}"`);
  return text === 'true' || text === '1';
}

export function text(value: string): string {
  if (value.trim() === '') throw new Error('must not be empty');
  return value;
}
