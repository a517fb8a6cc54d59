import { randomBytes } from 'node:crypto';
import express from 'express';
import { z } from 'zod';
import { SettingsError } from './config';

const DAY = 24 * 60 * 60;

const seconds = (fallback: number, most: number) =>
  z.coerce
    .number('must be a number of seconds')
    .int('must be a whole number of seconds')
    .positive('must be more than 0')
    .max(most, `must be at most ${most}`)
    .default(fallback);

/** Whether Express understands some addresses of proxies. */
function namesProxies(text: string): boolean {
  // A number of proxies: Express would read it as an address.
  if (/(^|,)\s*\d+\s*(,|$)/.test(text)) return false;
  try {
    express().set('trust proxy', text);
    return true;
  } catch {
    return false;
  }
}

/** Keys of 32 bytes, as `openssl rand -hex 32` makes them, separated by commas. */
const keys = z
  .string()
  .transform((text) => text.split(',').map((key) => key.trim()))
  .pipe(
    z.array(
      z
        .string()
        .regex(/^[0-9a-f]{64}$/i, 'must have 64 hexadecimal characters: openssl rand -hex 32 makes them'),
    ),
  )
  .transform((list) => list.map((key) => Buffer.from(key, 'hex')));

/** All problems are reported at once: other settings may be wrong too. */
const also = () => true;

const settings = z
  .object({
    /** Where sessions and tokens are: `memory:`, `file:` and a path, or `redis://` or `rediss://` and a server. */
    STORE_URL: z
      .string()
      .regex(
        /^(memory:$|file:.|rediss?:\/\/.)/,
        'must be memory:, file:PATH, redis://HOST:PORT or rediss://HOST:PORT',
      )
      .default('file:store.db'),
    /** The keys that encrypt the tokens. The first one is the newest: it encrypts, and each of them decrypts. */
    STORE_KEYS: keys.optional(),
    /** A session that nobody uses for so long ends; and any session ends so long after its login. */
    SESSION_IDLE_SECONDS: seconds(DAY, 3650 * DAY),
    SESSION_ABSOLUTE_SECONDS: seconds(7 * DAY, 3650 * DAY),
    /** How long the tenant may take to answer; and how long one process may refresh alone. */
    TOKEN_REQUEST_SECONDS: seconds(3, 3600),
    LOCK_SECONDS: seconds(10, 3600),
    /** The proxies in front of the app, as Express names them: https://expressjs.com/en/5x/api.html#trust.proxy.options.table */
    TRUST_PROXY: z
      .string()
      .refine(namesProxies, 'must be loopback, linklocal, uniquelocal or addresses, separated by commas')
      .default('loopback'),
  })
  .refine((all) => !(all.LOCK_SECONDS <= all.TOKEN_REQUEST_SECONDS), {
    path: ['LOCK_SECONDS'],
    when: also,
    error: 'must be longer than TOKEN_REQUEST_SECONDS, or a lock ends while its owner waits for the tenant',
  })
  .refine((all) => all.STORE_KEYS !== undefined || all.STORE_URL === 'memory:', {
    path: ['STORE_KEYS'],
    when: ({ issues }) => issues.every(({ path }) => path?.[0] !== 'STORE_KEYS'),
    error: 'is missing: openssl rand -hex 32 makes a key',
  });

export type StoreConfig = ReturnType<typeof readStoreConfig>;

/** Reads the settings of sessions and tokens, once, when the app starts. Times are in seconds. @throws SettingsError */
export function readStoreConfig(env: NodeJS.ProcessEnv) {
  const given = Object.entries(env).flatMap(([name, text = '']) =>
    text.trim() ? [[name, text.trim()]] : [],
  );
  const found = settings.safeParse(Object.fromEntries(given));
  if (!found.success) {
    const problems = found.error.issues.map(({ path, message }) => `  - ${String(path[0])} ${message}`);
    throw new SettingsError(
      ['The app cannot start. Set these in its environment or .env:', ...problems].join('\n'),
    );
  }
  const { data } = found;
  return {
    url: data.STORE_URL,
    // What is in this process's memory ends with it, and so may its key.
    keys: data.STORE_KEYS ?? [randomBytes(32)],
    idleSeconds: data.SESSION_IDLE_SECONDS,
    absoluteSeconds: data.SESSION_ABSOLUTE_SECONDS,
    tokenRequestSeconds: data.TOKEN_REQUEST_SECONDS,
    lockSeconds: data.LOCK_SECONDS,
    trustProxy: data.TRUST_PROXY,
  };
}
