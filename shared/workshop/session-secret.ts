import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { err } from '../lib/terminal';
import { createWhole } from '../lib/write-whole';
import { WORK } from '../steps/layers';

/** Where the app's SESSION_SECRET is kept. */
export const sessionSecretFile = () => path.join(WORK, 'session-secret');

/** That of this process, where it cannot be kept. */
let own: string | undefined;

/**
 * The app's SESSION_SECRET when none is set: made once and kept, so that a restart logs nobody out. Where the disk is full, it is that of this
 * process, which is told.
 */
export function sessionSecret(): string {
  if (own !== undefined) return own;
  const file = sessionSecretFile();
  const made = randomBytes(32).toString('hex');
  try {
    fs.mkdirSync(WORK, { recursive: true, mode: 0o700 });
    return createWhole(file, made, 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    own = made;
    err(`${file} cannot be written, so a restart logs everybody out of the app: ${message}\n`);
    return own;
  }
}
