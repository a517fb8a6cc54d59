import type { TestEnvironment } from './test-environment';

export { type Browser, type Form, forms, gist, links, type Page, text } from '../browser';
export { mask, maskBody, maskUrl } from '../recorder';
export { authorizationOf, claimsOf, whyRefused, whyUnreadable } from './api-refusal';
export { AUDIENCE } from './audience';
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
export { ANN, BOB, type Credentials } from './subject';
export type { TestEnvironment } from './test-environment';
export type { SampleLogin } from './types';

import { Diagnosis } from './diagnosis';
import { explain, floodOf, INFINITE_LOOP, isStillLooping, wentOn } from './explain';

export { type Cause, Diagnosis, expectThat, type Finding, type Found, NotApplicable } from './diagnosis';
export { cookiesOf, rewritten, withCookies } from './forged-cookies';

import { leadWithTypeError } from './lead-with-type-error';

export { uncaught, whatThrew } from './thrown';
export { unfinished } from './unfinished';

/** Findings for an app that does not answer name their place already, and have a time limit. */
const WITHOUT_TYPES = ['app-hangs', 'app-no-answer', INFINITE_LOOP];

async function withTypes(found: unknown, on: TestEnvironment, task: string): Promise<unknown> {
  const { appFolder, types } = on.subject;
  if (!types || appFolder === undefined || !(found instanceof Diagnosis)) return found;
  if (WITHOUT_TYPES.includes(found.finding.id)) return found;
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

/** Checks of step 01 concern the tenant only. */
export const needsApp = ({ task }: Pick<Check, 'task'>): boolean => !task.startsWith('1.');

/** Defines a mocha test with an id and a task. */
export function check(
  id: string,
  task: string,
  title: string,
  work: (on: TestEnvironment) => Promise<void>,
  { needsFreshApp = false } = {},
): void {
  registry.set(title, { id, task, title, needsFreshApp });
  it(title, async () => {
    const on = environment();
    if (needsApp({ task }) && on.trouble) throw new Diagnosis(on.trouble);
    if (needsApp({ task }) && on.infiniteLoop && (await isStillLooping(on.watched)))
      throw new Diagnosis(on.infiniteLoop);
    const since = on.watched.app?.events.length ?? 0;
    const made = async () => {
      await work(on);
      const late = await wentOn(on.watched, since);
      if (late) throw new Diagnosis(late);
      // No check may come after this one that would report it.
      if (needsApp({ task }) && on.trouble) throw new Diagnosis(on.trouble);
    };
    const explained = () =>
      on.unlessInterrupted(made()).catch(async (error) => {
        const found = await withTypes(await explain(error, on.watched, since), on, task);
        if (found instanceof Diagnosis && found.finding.id === INFINITE_LOOP) on.infiniteLoop = found.finding;
        throw found;
      });
    await on.traces.follow(id, explained, (error) => (error instanceof Diagnosis ? error.evidence : []));
    const flood = on.floodReported ? undefined : floodOf(on.watched);
    if (!flood) return;
    on.floodReported = true;
    throw new Diagnosis(flood);
  });
}
