import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { renameSync, rmSync } from '../../lib/held';
import { naming } from '../../lib/write-whole';

/** Copies tenant.yaml's folder into the data folder: the Management API edits that file, and a step's files belong to
 * the repository. Edits persist until the step's files change. @returns the path of the copy. */
export function workingCopy(config: string, data: string, reset = false): string {
  const folder = path.dirname(config);
  const copy = path.join(data, `config-${versionOf(folder)}`);
  const file = path.join(copy, path.basename(config));
  if (reset) rmSync(copy, { recursive: true, force: true });
  if (fs.existsSync(file)) return file;
  fs.mkdirSync(data, { recursive: true, mode: 0o700 });
  // Renamed when complete: of two tenants that start at once, the second one uses the first one's copy.
  const temporary = fs.mkdtempSync(`${copy}.`);
  try {
    // A copy error names its source, but the target is what can't be written.
    naming(copy, () => fs.cpSync(folder, temporary, { recursive: true }));
    renameSync(temporary, copy);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!fs.existsSync(file)) throw error;
  }
  return file;
}

function versionOf(folder: string): string {
  const hash = createHash('sha256');
  const files = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(`${path.relative(folder, file)}\0`).update(fs.readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}
