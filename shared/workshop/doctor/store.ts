import { STORE_URL } from '../store-settings';
import { type Finding, wrong } from './finding';

const KEY = /^[0-9a-f]{64}$/i;
const DAY = 24 * 60 * 60;
/** The most seconds of each time. */
const MOST = new Map([
  ['SESSION_IDLE_SECONDS', 3650 * DAY],
  ['SESSION_ABSOLUTE_SECONDS', 3650 * DAY],
  ['LOCK_SECONDS', 3600],
  ['TOKEN_REQUEST_SECONDS', 3600],
]);

/** A value of the settings file for an app with a store, as the app itself would refuse it.
 * @param at the file and the setting, for the message. */
export function storeTrouble(setting: string, value: string, at: string): Finding | undefined {
  if (setting === 'STORE_URL' && !STORE_URL.test(value))
    return wrong(
      'env-store-url',
      `${at} is "${value}"`,
      'Set it to memory:, file:PATH, redis://HOST:PORT or rediss://HOST:PORT, or delete the line.',
    );
  if (setting === 'REDIS_URL' && !/^rediss?:\/\/./.test(value))
    return wrong(
      'env-redis-url',
      `${at} is "${value}"`,
      'Set it to redis://HOST:PORT or rediss://HOST:PORT.',
    );
  // The value itself is a secret.
  if (setting === 'STORE_KEYS' && !value.split(',').every((key) => KEY.test(key.trim())))
    return wrong(
      'env-store-keys',
      `${at} has a key that is not 64 hexadecimal characters`,
      'Make each key with openssl rand -hex 32, and separate several keys by commas.',
    );
  const most = MOST.get(setting);
  const seconds = Number(value);
  if (most !== undefined && !(Number.isInteger(seconds) && seconds > 0 && seconds <= most))
    return wrong(
      'env-seconds',
      `${at} is "${value}"`,
      `Set it to a whole number of seconds, from 1 to ${most}.`,
    );
  return undefined;
}

/** A lock that ends while its owner waits for the tenant lets a second process refresh. */
export function lockTrouble(settings: Record<string, string>, name: string): Finding[] {
  const lock = Number(settings.LOCK_SECONDS || 10);
  const request = Number(settings.TOKEN_REQUEST_SECONDS || 3);
  if (!(lock <= request)) return [];
  const seen = `${name}: LOCK_SECONDS (${lock}) is not longer than TOKEN_REQUEST_SECONDS (${request})`;
  return [wrong('env-lock-short', seen, 'Set LOCK_SECONDS to a larger number.')];
}
