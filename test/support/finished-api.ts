import path from 'node:path';
import * as finished from '../../shared/api/finished';
import { appFolder } from './app-in-process';
import { MUTANT } from './mutant';

/** The API of step 06 as the workshop runs it, or with the change that the environment names. `removeApps` takes it away. */
export function finishedApi(): typeof finished {
  if (process.env[MUTANT] === undefined) return finished;
  const folder = path.join(appFolder(6), 'api');
  const files = ['app', 'appointments', 'bearer', 'keys', 'hardening/seen-tokens'];
  return Object.assign({}, ...files.map((file) => require(path.join(folder, file))));
}
