import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { WORK } from '../steps/layers';

/** The app's SESSION_SECRET when none is set: made once and kept, so that a restart logs nobody out. */
export function sessionSecret(): string {
  const file = path.join(WORK, 'session-secret');
  fs.mkdirSync(WORK, { recursive: true, mode: 0o700 });
  try {
    fs.writeFileSync(file, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return fs.readFileSync(file, 'utf8');
}
