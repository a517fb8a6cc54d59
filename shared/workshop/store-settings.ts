import path from 'node:path';
import { STORE_SETTINGS } from '../lib/app-settings';
import { commandContext } from '../lib/command-context';
import { readEnvFile } from '../lib/settings';
import { workFolder } from '../steps/layers';
import { storeKeys } from './session-secret';

/** The addresses that an app with a store accepts. */
export const STORE_URL = /^(memory:$|file:.|rediss?:\/\/.)/;

/** The settings of an app that has a store. Where the environment or the settings file sets one, that value counts;
 * without STORE_URL the store is at REDIS_URL, if that is set, or in a file of the work folder.
 * @param envFile counts as empty if it is missing. */
export function storeSettings(envFile: string): Record<string, string> {
  const { env } = commandContext();
  const file = readEnvFile(envFile);
  const given = (name: string) => env[name] || file[name] || undefined;
  const url =
    given('STORE_URL') ?? given('REDIS_URL') ?? `file:${path.join(workFolder(), 'store', 'app.db')}`;
  const set = STORE_SETTINGS.flatMap((name): [string, string][] => {
    const value = given(name);
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(set), STORE_URL: url, STORE_KEYS: given('STORE_KEYS') ?? storeKeys() };
}
