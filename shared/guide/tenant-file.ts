import fs from 'node:fs';
import path from 'node:path';
import { writeWhole } from '../lib/write-whole';
import { workFolder } from '../steps/layers';
import { PORTS } from './settings';

/**
 * The folder's tenant.yaml. Where another port was chosen, a copy with the app's callback; the learner's own file is never changed. Each port has a
 * copy of its own, so that two that run at once do not change each other's; it is made again at each call.
 */
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
