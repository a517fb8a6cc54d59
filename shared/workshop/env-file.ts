import fs from 'node:fs';
import { parseEnv } from 'node:util';
import { noFolder } from '../lib/no-folder';
import { UserError } from '../lib/user-error';
import { writeWhole } from '../lib/write-whole';

/** The settings in a .env file; none when there is no such file. */
export function readEnvFile(file: string): Record<string, string> {
  noFolder(file);
  try {
    return parseEnv(fs.readFileSync(file, 'utf8')) as Record<string, string>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new UserError(`The settings file ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** Adds the settings that a .env file does not have, and changes none. A new file is private, since it contains
 * secrets. @returns the names whose values in the file differ. */
export function addMissing(file: string, settings: Record<string, string>): string[] {
  const there = readEnvFile(file);
  const missing = Object.entries(settings).filter(([name]) => !there[name]);
  if (missing.length > 0) {
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    const lines = missing.map(([name, value]) => `${name}=${value}\n`).join('');
    const whole = `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${lines}`;
    // Half a line on a full disk would be a wrong setting. A link remains a link.
    writeWhole(
      fs.existsSync(file) ? fs.realpathSync(file) : file,
      whole,
      fs.existsSync(file) ? undefined : 0o600,
    );
  }
  return Object.keys(settings).filter((name) => there[name] && there[name] !== settings[name]);
}
