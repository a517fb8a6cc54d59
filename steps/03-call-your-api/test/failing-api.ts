import {
  BOB,
  type Credentials,
  expectThat,
  type Found,
  type Page,
  type TestEnvironment,
  text,
} from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';

/** Faults in a row after which the API answers by itself: an app that tries again without end gets a page, and a finding. */
const MOST_FAULTS = 12;

/** What the API got from the app so far. */
export const callsToApi = (on: TestEnvironment): Message[] => on.recorder.between('app', 'api');

/** What the tenant's token endpoint got from the app so far. */
export const tokenRequests = (on: TestEnvironment): Message[] =>
  on.recorder.between('app', 'tenant', '/oauth/token');

/** A user of their own, so that a fault of the API does not meet the others. */
export const bobLoggedIn = (on: TestEnvironment) => loggedInAs(on, BOB);

/** A browser of its own, in which somebody is logged in. */
export async function loggedInAs(
  on: TestEnvironment,
  user: Credentials,
): Promise<ReturnType<TestEnvironment['browser']>> {
  const browser = on.browser();
  await on.logIn(browser, '/profile', user);
  const page = await browser.get(`${on.app}/profile`);
  expectThat(page.body.includes(user.email), () => ({
    id: 'login-broken',
    expected: 'a user who is logged in',
    of: page,
    seen: `after the login GET /profile answered ${page.status} without the user`,
    cause: 'the login of step 02 does not work',
    next: 'run npm run check -- 2, and fix what it finds',
  }));
  return browser;
}

/**
 * Lets the API fail while something is done, and gives the calls that met it.
 *
 * @param onFault is called each time that a call has met it.
 * @param meets which calls meet it.
 */
export async function withFault<T>(
  on: TestEnvironment,
  fault: ReturnType<TestEnvironment['apiFaults']['decide']>,
  work: () => Promise<T>,
  {
    onFault = () => {},
    meets = () => true,
  }: { onFault?: () => void; meets?: (method: string) => boolean } = {},
): Promise<{ page: T; calls: Message[] }> {
  const before = callsToApi(on).length;
  let faults = 0;
  on.apiFaults.decide = ({ method = '' }) => {
    if (!meets(method)) return undefined;
    faults += 1;
    if (faults > MOST_FAULTS) return undefined;
    onFault();
    return fault;
  };
  try {
    return { page: await work(), calls: callsToApi(on).slice(before) };
  } finally {
    on.apiFaults.clear();
  }
}

/** Whether one token was sent more often than the API could still be expected to take it. */
export const isStorm = (calls: readonly Message[]): boolean =>
  calls.length > MOST_FAULTS &&
  new Set(calls.map(({ requestHeaders }) => requestHeaders.authorization)).size === 1;

/** The API was not asked, so nothing can be said of how its answer is taken. */
export function notAsked(on: TestEnvironment, page: Page | undefined): Found {
  const found = {
    expected: 'GET /appointments calls the API',
    of: page,
    seen: `GET /appointments answered ${page?.status ?? 0}, and the API got no request that it accepts`,
  };
  const stored = titlesFrom(callsToApi(on)).find(
    (title) => page?.status === 200 && text(page).includes(title),
  );
  if (stored !== undefined) {
    return {
      ...found,
      id: 'api-answer-stored',
      seen: `GET /appointments showed "${stored}", and the API was not asked`,
      cause:
        'the app shows what the API answered to an earlier request. The answer is stored for the whole app: one user sees the appointments of another, and nobody sees a change',
      next: 'call the API at each request, with the access token of the user who asks',
    };
  }
  return {
    ...found,
    id: 'api-not-called',
    cause: 'the page does not call the API yet, or not as task 3.2 asks for',
    next: 'fix what 3.api-called and 3.appointments-shown find first',
    waitsFor: '3.api-called',
  };
}

/** The titles that the API has given so far. */
const titlesFrom = (calls: readonly Message[]): string[] =>
  calls
    .filter(({ status }) => status === 200)
    .flatMap(({ responseBody }) => [...responseBody.matchAll(/"title":"([^"\\]+)"/g)])
    .map(([, title = '']) => title);
