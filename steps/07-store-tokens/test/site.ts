import {
  ANN,
  type Browser,
  expectThat,
  gist,
  json,
  type Page,
  type Site,
  type TestEnvironment,
} from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';

/** Seconds until a session ends that nobody uses, and until any session ends. */
export const [IDLE, ABSOLUTE] = [1800, 7200];

const LIFETIMES = { SESSION_IDLE_SECONDS: String(IDLE), SESSION_ABSOLUTE_SECONDS: String(ABSOLUTE) };

/** Two processes of the app behind a proxy, without https. @throws NotApplicable for an app that runs elsewhere. */
export const onSite = (on: TestEnvironment, work: (site: Site) => Promise<void>): Promise<void> =>
  on.withSite({ env: LIFETIMES }, work);

/** The same behind a proxy that ends https. */
export const onSecureSite = (on: TestEnvironment, work: (site: Site) => Promise<void>): Promise<void> =>
  on.withSite({ env: LIFETIMES, https: true }, work);

/** What a check can also see of an app that runs elsewhere, however many processes it has. */
export const anywhere = (
  on: TestEnvironment,
  work: (site: Site | undefined) => Promise<void>,
): Promise<void> => (on.subject.appUrl === undefined ? onSite(on, work) : work(undefined));

export interface Login {
  browser: Browser;
  /** What the tenant answered to the code. */
  tokens: Record<string, string | undefined>;
}

/** A user who has logged in. @param lifetime of the access token, in seconds. */
export async function logIn(
  on: TestEnvironment,
  lifetime?: number,
  /** The check that shows why no login works at both processes. */
  waitsFor = '7.shared-session',
): Promise<Login> {
  const browser = on.browser();
  const before = tokenRequests(on, 'authorization_code').length;
  if (lifetime !== undefined) on.lifetimes = [lifetime];
  const end = await on.logIn(browser, '/profile');
  on.lifetimes = [];
  const page = await profile(on, browser);
  const request = tokenRequests(on, 'authorization_code')[before];
  expectThat(request?.status === 200 && isLoggedIn(page), () => ({
    id: 'login-broken',
    expected: 'a user who is logged in',
    of: [end, page, request],
    seen: `the login ended at ${end.url.pathname} with ${end.status}, and then GET /profile answered ${seenOf(page)}`,
    cause: whyBroken(end, page),
    next: 'fix what the checks of step 02 find first: npm run check -- 2. If they pass, look at what your store does with a session',
    ...(waitsFor === '' ? {} : { waitsFor }),
  }));
  return { browser, tokens: json(request.responseBody) };
}

function whyBroken(end: Page, page: Page): string {
  if ([end, page].some(({ status }) => status === 503))
    return 'the app answers that its store is not available: STORE_URL is read wrongly, or the store is not open yet';
  if ([end, page].some(({ status }) => status >= 500))
    return 'the app fails while it reads or writes its store';
  return 'the session is not found again: it is not stored, its cookie does not come back, or it ends at once, for example since seconds and milliseconds are mixed up: maxAge of the cookie is in milliseconds, and iat of the ID token is in seconds';
}

export const profile = (on: TestEnvironment, browser: Browser): Promise<Page> =>
  browser.get(`${on.app}/profile`, { follow: false });

export const appointments = (on: TestEnvironment, browser: Browser): Promise<Page> =>
  browser.get(`${on.app}/appointments`, { follow: false });

export const isLoggedIn = (page: Page): boolean => page.status === 200 && page.body.includes(ANN.email);

/** An API of another author may have no appointments yet: then the page shows none. */
export const showsAppointments = (page: Page): boolean =>
  page.status === 200 && page.url.pathname === '/appointments' && !/href="\/login/.test(page.body);

/** Where a page ended, in a few words. */
export const seenOf = ({ status, headers, ...page }: Page): string =>
  headers.location === undefined
    ? `${status}: ${gist({ status, headers, ...page }).slice(0, 80)}`
    : `${status} to ${new URL(headers.location, page.url).pathname}`;

export const tokenRequests = (on: TestEnvironment, grant: string): Message[] =>
  on.recorder
    .between('app', 'tenant', '/oauth/token')
    .filter(({ requestBody }) => new URLSearchParams(requestBody).get('grant_type') === grant);

export const refreshes = (on: TestEnvironment): Message[] => tokenRequests(on, 'refresh_token');
