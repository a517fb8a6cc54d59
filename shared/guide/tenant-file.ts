import fs from 'node:fs';
import path from 'node:path';
import { writeWhole } from '../lib/write-whole';
import { workFolder } from '../steps/layers';
import { PORTS } from './settings';

/** The folder's tenant.yaml; for another address of the app a copy with its callback, since the learner's file must not
 * change. Each address has its own copy, for two workshops at once. */
export function tenantFile(folder: string, appOrigin: string): string {
  const file = path.join(folder, 'tenant.yaml');
  const usual = `http://localhost:${PORTS.app}`;
  if (appOrigin === usual) return file;
  const text = fs.readFileSync(file, 'utf8').replaceAll(`${usual}/`, `${appOrigin}/`);
  const { protocol, port } = new URL(appOrigin);
  const copy = path.join(
    workFolder(),
    'tenant',
    `tenant-${protocol === 'https:' ? 'https-' : ''}${port}.yaml`,
  );
  fs.mkdirSync(path.dirname(copy), { recursive: true, mode: 0o700 });
  writeWhole(copy, text);
  return copy;
}
