import fs from 'node:fs';
import { readEnvFile } from '../lib/settings';
import { writeWhole } from '../lib/write-whole';

/** Adds the settings that a .env file does not have, and changes none. A new file is private, since it contains
 * secrets. @returns the names whose values in the file differ. */
export function addMissing(file: string, settings: Record<string, string>): string[] {
  const there = readEnvFile(file);
  const missing = Object.entries(settings).filter(([name]) => !there[name]);
  if (missing.length > 0) {
    const exists = fs.existsSync(file);
    const text = exists ? fs.readFileSync(file, 'utf8') : '';
    const lines = missing.map(([name, value]) => `${name}=${value}\n`).join('');
    const whole = `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${lines}`;
    // Half a line on a full disk would be a wrong setting. A link remains a link.
    writeWhole(exists ? fs.realpathSync(file) : file, whole, exists ? undefined : 0o600);
  }
  return Object.keys(settings).filter((name) => there[name] && there[name] !== settings[name]);
}
