import fs from 'node:fs';
import path from 'node:path';
import { myApp } from '../lib/places';

export { myApp };

/** The folder beside my-app/ with progress, and a copy from before each change. The workshop never deletes it. */
export function myAppData(): string {
  const { dir, base } = path.parse(myApp());
  return path.join(dir, `.${base}`);
}

/** Whether a step was begun there. */
export function hasMyApp(): boolean {
  return fs.existsSync(path.join(myApp(), 'tenant.yaml'));
}
