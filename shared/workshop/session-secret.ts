import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { err } from '../lib/terminal';
import { createWhole } from '../lib/write-whole';
import { workFolder } from '../steps/layers';

export const sessionSecretFile = () => path.join(workFolder(), 'session-secret');
const storeKeysFile = () => path.join(workFolder(), 'store-keys');

/** Secrets of this process by their file, when it cannot be written. */
const own = new Map<string, string>();

/** The app's SESSION_SECRET when none is set, stored so that a restart logs nobody out. */
export const sessionSecret = (): string => storedSecret(sessionSecretFile());

/** The app's STORE_KEYS when none are set: one key, stored so that the app can read its store after a restart. */
export const storeKeys = (): string => storedSecret(storeKeysFile());

/** 32 random bytes in hexadecimal, made once. On a full disk they are valid for this process only, which is reported. */
function storedSecret(file: string): string {
  const known = own.get(file);
  if (known !== undefined) return known;
  const made = randomBytes(32).toString('hex');
  try {
    fs.mkdirSync(workFolder(), { recursive: true, mode: 0o700 });
    return createWhole(file, made, 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    own.set(file, made);
    err(`${file} cannot be written, so a restart logs everybody out of the app: ${message}\n`);
    return made;
  }
}
