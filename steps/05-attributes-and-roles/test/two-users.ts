import {
  ANN,
  AUDIENCE,
  BOB,
  type Credentials,
  claimsOf,
  expectThat,
  json,
  type Page,
  type TestEnvironment,
} from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';

/** Somebody who has logged in, what the tenant gave the app for it, and the page where the login ended. */
export interface LoggedIn {
  user: Credentials;
  browser: ReturnType<TestEnvironment['browser']>;
  page: Page;
  token: Message | undefined;
  idToken: Record<string, unknown>;
  accessToken: Record<string, unknown>;
  /** What the tenant granted. */
  scopes: readonly string[];
}

/** Ann is a manager in Lisbon, Bob an assistant in Porto: each logs in once for all checks of a run. */
export const [ann, bob] = [ANN, BOB].map(
  (user) => (on: TestEnvironment) => on.once(`${user.name}, with attributes`, () => logIn(on, user)),
) as [(on: TestEnvironment) => Promise<LoggedIn>, (on: TestEnvironment) => Promise<LoggedIn>];

/** @throws Diagnosis when the login brings no tokens, with what the tenant said of its code where that is why. */
async function logIn(on: TestEnvironment, user: Credentials): Promise<LoggedIn> {
  const browser = on.browser();
  const before = tokenRequests(on).length;
  const page = await on.logIn(browser, '/profile', user);
  const token = tokenRequests(on)
    .slice(before)
    .find(({ requestBody }) => requestBody.includes('authorization_code'));
  const failed = last(on, 'action failed') ?? last(on, 'action broken');
  expectThat(token?.status === 200 || failed === undefined, () => ({
    id: 'action-failed',
    expected: `a login of ${user.name} with tokens at its end`,
    of: [token, page],
    seen: `${failed?.script} (${failed?.file}${failed?.line === undefined ? '' : `:${failed.line}`}) failed: ${failed?.reason}`,
    cause: failed?.reason.startsWith('did not finish')
      ? 'the code that tenant.yaml names for the login does not end: a loop whose condition remains true, or a promise that is never settled. A real tenant waits for 20 s and then denies the login, as this one does'
      : 'the code that tenant.yaml names for the login fails, so the tenant denies the login',
    next: 'fix that line; what it prints with console.log is in the tenant’s log',
    task: '5.2',
    waitsFor: '5.id-token',
  }));
  const denied = last(on, 'action denied');
  expectThat(token?.status === 200 || denied === undefined, () => ({
    id: 'action-denied',
    expected: `a login of ${user.name} with tokens at its end`,
    of: [token, page],
    seen: `${denied?.script} denied the login: ${denied?.reason}`,
    cause: 'the Action calls api.access.deny for a user who may log in',
    next: 'leave access.deny out, or ask for what it was meant for',
    task: '5.2',
    waitsFor: '5.id-token',
  }));
  expectThat(token?.status === 200, () => ({
    id: 'login-broken',
    expected: `a login of ${user.name} with tokens at its end`,
    of: [token, page],
    seen: `the login ended at ${page.url.pathname} with ${page.status}`,
    cause: 'the login of step 02 does not work',
    next: 'run npm run check -- 2, and fix what it finds',
  }));
  const answer = json(token.responseBody);
  return {
    user,
    browser,
    page,
    token,
    idToken: claimsOf(answer.id_token ?? '') ?? {},
    accessToken: claimsOf(answer.access_token ?? '') ?? {},
    scopes: (answer.scope ?? '').split(' '),
  };
}

const tokenRequests = (on: TestEnvironment) => on.recorder.between('app', 'tenant', '/oauth/token');

type Event = ReturnType<TestEnvironment['tenant']['events']['recent']>[number];

/** The newest event of a type in the tenant's log. */
export function last<T extends Event['type']>(
  on: TestEnvironment,
  type: T,
): Extract<Event, { type: T }> | undefined {
  return on.tenant.events.recent().findLast((event) => event.type === type) as never;
}

/** The API whose scopes the step is about, as the tenant knows it. */
export const apiOf = (on: TestEnvironment) =>
  on.tenant.overview().apis.find((api) => api.identifier === AUDIENCE);

/** The names of the claims that say something, as text or in a list. */
export const claimsWith = (claims: Record<string, unknown>, value: string): string[] =>
  Object.keys(claims).filter((name) => [claims[name]].flat().includes(value));
