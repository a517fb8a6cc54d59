import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../lib/places';

/** The learner's one folder. MY_APP names another, e.g. for a second attempt. */
export const MY_APP = path.resolve(ROOT, process.env.MY_APP ?? 'my-app');

/** What the workshop keeps beside it: progress, and a copy of it from before each change. Never deleted by the workshop. */
export const KEPT = path.join(path.dirname(MY_APP), `.${path.basename(MY_APP)}`);

/** Whether a step was begun there. */
export function hasMyApp(): boolean {
  return fs.existsSync(path.join(MY_APP, 'tenant.yaml'));
}
