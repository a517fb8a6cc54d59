import fs from 'node:fs';
import path from 'node:path';
import { writeWhole } from '../lib/write-whole';
import { workFolder } from '../steps/layers';
import { PORTS } from './settings';

/** The folder's tenant.yaml; for another port of the app a copy with its callback, since the learner's file must not
 * change. Each port has its own copy, for two workshops at once. */
export function tenantFile(folder: string, appPort: number): string {
  const file = path.join(folder, 'tenant.yaml');
  if (appPort === PORTS.app) return file;
  const text = fs
    .readFileSync(file, 'utf8')
    .replaceAll(`http://localhost:${PORTS.app}/`, `http://localhost:${appPort}/`);
  const copy = path.join(workFolder(), 'tenant', `tenant-${appPort}.yaml`);
  fs.mkdirSync(path.dirname(copy), { recursive: true, mode: 0o700 });
  writeWhole(copy, text);
  return copy;
}
