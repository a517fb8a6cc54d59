import fs from 'node:fs';
import path from 'node:path';

/** From this step on an app has a store, and the checks run it as several processes. */
export const STEP_OF_STORES = 7;

/** Processes of an app that has a store: the smallest number with which a state that they do not share is noticed. */
export const PROCESSES = 2;

/** Whether an app's folder has stores that its processes share, as from step 07 on: then it runs as several processes
 * behind a reverse proxy. */
export const hasStores = (folder: string | undefined): folder is string =>
  folder !== undefined && fs.existsSync(path.join(folder, 'stores'));
