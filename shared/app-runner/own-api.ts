import fs from 'node:fs';
import path from 'node:path';
import { API_FOLDER } from './types';

/** From this step on the checks of a step ask the API, and need the app for the steps before only. */
export const STEP_OF_API = 6;

/** Whether an app's folder has the learner's own API, which then serves in place of the workshop's. */
export const hasOwnApi = (folder: string | undefined): folder is string =>
  folder !== undefined && fs.existsSync(path.join(folder, API_FOLDER, 'server.ts'));

/** The settings of an API, from those of the app that calls it: it gets no secret.
 * @param isNamed whether its agent names the API as the sender of what it asks the tenant. A tenant whose messages the
 * workshop does not record must not get that header. */
export function settingsOfApi(
  { ISSUER_BASE_URL = '', AUDIENCE = '' }: Record<string, string>,
  { isNamed = true } = {},
): Record<string, string> {
  if (!isNamed) return { ISSUER_BASE_URL, AUDIENCE };
  const sender: SenderOrder = { as: 'api', to: [new URL(ISSUER_BASE_URL).origin] };
  return { ISSUER_BASE_URL, AUDIENCE, WORKSHOP_SENDER: JSON.stringify(sender) };
}

/** What an agent must write into the requests to some origins, so that the recorder knows who sent them. */
export interface SenderOrder {
  as: 'api' | 'app';
  /** The number of the process, counted from 1, if several run. */
  process?: number;
  to: readonly string[];
}
