import type { TestEnvironment } from './test-environment';

export { type Browser, type Form, forms, gist, links, type Page, text } from '../browser';
export { mask, maskBody, maskUrl } from '../recorder';
export { authorizationOf, claimsOf, whyRefused, whyUnreadable } from './api-refusal';
export type { ApiAnswer, ApiRequest } from './ask-api';
export { AUDIENCE } from './audience';
export { logOut } from './log-out';
export { offersLogin } from './login-offer';
export { submitOwn } from './own-form';
export {
  authorizeUrl,
  isLoggedIn,
  json,
  lastRefusal,
  loggedIn,
  logInWithout,
  sampleLogin,
} from './sample-login';
export type { Site } from './site/site';
export type { SiteOptions } from './site/sites';
export { ANN, BOB, type Credentials } from './subject';
export type { TestEnvironment } from './test-environment';
export type { SampleLogin } from './types';

import { Diagnosis } from './diagnosis';
import { isInfiniteLoop } from './explain';

export { type Cause, Diagnosis, expectThat, type Finding, type Found, NotApplicable } from './diagnosis';
export { cookiesOf, rewritten, withCookies } from './forged-cookies';

import { leadWithTypeError } from './lead-with-type-error';
import type { Program } from './program';
import { watchedOver } from './supervise';

export { uncaught, whatThrew } from './thrown';
export { unfinished } from './unfinished';

/** Findings for an app that does not answer name their place already, and have a time limit. */
const WITHOUT_TYPES = [
  'app-hangs',
  'app-no-answer',
  'api-hangs',
  'api-no-answer',
  'app-floods',
  'api-floods',
];

async function withTypes(found: unknown, on: TestEnvironment, task: string): Promise<unknown> {
  const { appFolder, types } = on.subject;
  if (!types || appFolder === undefined || !(found instanceof Diagnosis)) return found;
  if (WITHOUT_TYPES.includes(found.finding.id) || isInfiniteLoop(found.finding)) return found;
  // It is about the API, and not about the task.
  if (found.finding === on.apiTrouble) return found;
  const finding = await leadWithTypeError(found.finding, appFolder, task);
  return finding === found.finding ? found : new Diagnosis({ ...finding, of: found.evidence });
}

export interface Check {
  /** Stable: tools and mistakes.yaml name it. */
  id: string;
  task: string;
  title: string;
}

export interface Registered extends Check {
  /** It needs an app without earlier requests, so it runs first. */
  needsFreshApp: boolean;
}

/** Mocha reports titles only, so the rest of a check is stored under its title. */
export const registry = new Map<string, Registered>();

let current: TestEnvironment | undefined;

export function use(environment: TestEnvironment | undefined): void {
  current = environment;
}

export function environment(): TestEnvironment {
  if (!current) throw new Error('Checks are run by `npm run check -- N`.');
  return current;
}

/** Checks of step 06 ask the API as a program does. */
export const asksApi = ({ task }: Pick<Check, 'task'>): boolean => task.startsWith('6.');

/** Checks of step 07 start the app as several processes: see `withSite`. */
const asksSite = ({ task }: Pick<Check, 'task'>): boolean => task.startsWith('7.');

/** Checks of step 01 concern the tenant only. */
export const needsApp = (check: Pick<Check, 'task'>): boolean =>
  !check.task.startsWith('1.') && !asksApi(check) && !asksSite(check);

export interface CheckOptions {
  needsFreshApp?: boolean;
  /** Milliseconds that it may take, where it waits for an app or API whose clock cannot be advanced. */
  longest?: number;
}

/** Defines a mocha test with an id and a task. */
export function check(
  id: string,
  task: string,
  title: string,
  work: (on: TestEnvironment) => Promise<void>,
  { needsFreshApp = false, longest }: CheckOptions = {},
): void {
  registry.set(title, { id, task, title, needsFreshApp });
  const test = it(title, async () => {
    const on = environment();
    if (needsApp({ task })) await on.startApp();
    if (asksApi({ task })) await on.startApi();
    // From step 03 on an app whose API does not run cannot be right.
    const ofApi = () => (!asksApi({ task }) && Number.parseInt(task, 10) >= 3 ? on.apiTrouble : undefined);
    const explained = () =>
      watchedOver(programOf(on, { task }), () => on.unlessInterrupted(work(on)), ofApi).catch(
        async (error) => {
          throw await withTypes(error, on, task);
        },
      );
    await on.traces.follow(id, explained, (error) => (error instanceof Diagnosis ? error.evidence : []));
  });
  if (longest !== undefined) test.timeout(longest);
}

/** What a check looks at from its start to its end. */
function programOf(on: TestEnvironment, check: Pick<Check, 'task'>): Program {
  if (asksApi(check)) return on.programs.api;
  return needsApp(check) ? on.programs.app : on.programs.none;
}
