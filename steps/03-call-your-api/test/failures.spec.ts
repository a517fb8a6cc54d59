import {
  BOB,
  type Cause,
  check,
  expectThat,
  gist,
  isLoggedIn,
  offersLogin,
  type Page,
  type TestEnvironment,
  uncaught,
} from '../../../shared/checks';
import { bobLoggedIn, callsToApi, isStorm, notAsked, withFault } from './failing-api';

const redirects = ({ status }: Page) => status >= 300 && status < 400;
const STACK = /\n?\s+at \S+ \(|&nbsp; &nbsp;at /;

const FAILS: [string, Parameters<typeof withFault>[1]][] = [
  ['the API ended the connection', 'reset'],
  [
    'the API answered 500 with HTML',
    { status: 500, body: '<h1>Internal error</h1>', headers: { 'content-type': 'text/html' } },
  ],
];

describe('03 Call your API: when it says no', () => {
  check('3.refused-token', '3.3', 'a token that the API refuses leads to the login', async (on) => {
    const browser = await bobLoggedIn(on);
    const { page, calls } = await withFault(
      on,
      { status: 401, headers: { 'WWW-Authenticate': 'Bearer realm="appointments", error="invalid_token"' } },
      () => browser.get(`${on.app}/appointments`, { follow: false }),
    );
    expectThat(calls.length > 0, () => notAsked(on, page));
    const location = page.headers.location ?? '';
    // 403 says that a login would not help.
    const mayOffer = page.status < 500 && page.status !== 403;
    const leads = redirects(page)
      ? /login|authorize/.test(location)
      : mayOffer && (await offersLogin(on, browser, page));
    expectThat(leads && !isStorm(calls), () => ({
      expected: 'the API’s 401 leads to the login: by a redirect, or by a page with a link or form for it',
      of: [page, ...calls.slice(0, 2)],
      seen: `the API answered 401, ${calls.length > 1 ? `${calls.length} calls were made, ` : ''}and GET /appointments answered ${page.status}${location ? ` to ${location}` : ''}`,
      next: 'on 401 send the user to /login, and back to this page',
      ...whyNotToLogin(page, isStorm(calls)),
      ...whyUncaught(on, page),
    }));
  });

  check(
    '3.missing-scope',
    '3.3',
    'a missing scope is named, and is no reason to log in again',
    async (on) => {
      const browser = await bobLoggedIn(on);
      const challenge = 'Bearer realm="appointments", error="insufficient_scope", scope="read:appointments"';
      const { page, calls } = await withFault(
        on,
        { status: 403, headers: { 'WWW-Authenticate': challenge } },
        () => browser.get(`${on.app}/appointments`, { follow: false }),
      );
      expectThat(calls.length > 0, () => notAsked(on, page));
      expectThat(page.status === 403 && page.body.includes('read:appointments'), () => ({
        expected: 'a page with status 403 that names the scope read:appointments',
        of: [page, ...calls.slice(0, 1)],
        seen: `the API answered 403 insufficient_scope, and GET /appointments answered ${page.status}${page.headers.location ? ` to ${page.headers.location}` : ''}`,
        next: 'on 403 show which scope is missing, and offer to ask for it',
        ...whyScopeNotNamed(page),
        ...whyUncaught(on, page),
      }));
    },
  );

  check(
    '3.api-down',
    '3.3',
    'an API that is down or fails gives a page, and works again when it is up',
    async (on) => {
      const browser = await bobLoggedIn(on);
      for (const [what, fault] of FAILS) {
        const { page, calls } = await withFault(on, fault, () =>
          browser.get(`${on.app}/appointments`, { follow: false }),
        );
        expectThat(calls.length > 0, () => notAsked(on, page));
        expectThat(page.status >= 500 && !STACK.test(page.body), () => ({
          expected: 'a page of the app with 502 or 503, without a stack trace',
          of: [page, ...calls.slice(0, 1)],
          seen: `${what}, and GET /appointments answered ${page.status}${page.headers.location ? ` to ${page.headers.location}` : ''}: ${gist(page).slice(0, 100)}`,
          next: 'catch what fetch throws, look at response.ok, and show a page of your own',
          ...whyNoFailurePage(page),
        }));
        expectThat(await stillThere(on, browser), () => ({
          id: 'api-down-logs-out',
          expected: 'the user remains logged in',
          of: { method: 'GET', path: '/profile' },
          seen: `${what}, and then the user is logged out`,
          cause: 'the app ends the session because the API fails',
          next: 'do not change the session; only a 401 requires a login',
        }));
      }
      const again = await browser.get(`${on.app}/appointments`, { follow: false });
      expectThat(again.status === 200, () => ({
        id: 'api-failure-stays',
        expected: 'once the API works again, GET /appointments shows the appointments',
        of: [again, callsToApi(on).at(-1)],
        seen: `the API failed and works again, and GET /appointments answered ${again.status}`,
        cause:
          'the app stores the failure of an earlier call: a rejected promise in a variable, or a flag that the API is down',
        next: 'call the API for each page, and keep nothing of a call that failed',
      }));
    },
  );

  check('3.api-slow', '3.3', 'an API that never answers gives a page within five seconds', async (on) => {
    const browser = await bobLoggedIn(on);
    let started = Date.now();
    const look = (onFault = () => {}) =>
      withFault(
        on,
        'hang',
        () =>
          Promise.race([
            browser.get(`${on.app}/appointments`, { follow: false, patience: 7000 }),
            new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 6000).unref()),
          ]),
        { onFault },
      );
    let { page, calls } = await look(() => on.fireTimers(5000));
    // That shows that one call has a time limit of some seconds; who tries again is looked at with the limits as they are.
    if (page !== undefined && calls.length > 1) {
      started = Date.now();
      ({ page, calls } = await look());
    }
    expectThat(calls.length > 0, () => notAsked(on, page));
    expectThat(page !== undefined && page.status >= 500, () => ({
      expected: 'within five seconds a page with 502, 503 or 504',
      of: [page, ...calls.slice(0, 1)],
      seen:
        page === undefined
          ? `no answer after ${((Date.now() - started) / 1000).toFixed(1)} s`
          : `GET /appointments answered ${page.status}`,
      next: 'give fetch a signal, AbortSignal.timeout(4000), and show a page of your own when it ends the call',
      ...(page === undefined
        ? {
            id: 'api-slow-not-handled',
            cause:
              'the call to the API has no timeout, or a longer one: the page hangs as long as the API does',
          }
        : whyNoFailurePage(page)),
    }));
  });
});

/** The app distinguishes the API's answers by errors of its own, and one of them arrives at nobody. */
function whyUncaught(on: TestEnvironment, page: Page): Partial<Cause> {
  const error = page.status >= 500 ? uncaught(on.watched, '/appointments') : undefined;
  if (!error || ['Error', 'TypeError', 'PageError'].includes(error.name)) return {};
  return {
    id: 'refusal-not-caught',
    cause: `the app throws ${error.name} at ${error.at}, and the page’s handler does not catch it. Either no try surrounds the call yet (task 3.3), or the try returns the promise without await, so the promise settles after the try has ended`,
    next: `catch ${error.name} where the page is made, with await before the call inside the try`,
  };
}

function whyNotToLogin(page: Page, storm: boolean): Cause {
  if (storm) {
    return {
      id: '401-retried',
      cause: 'the same token is sent again and again: the API refuses it each time, and gets too many calls',
    };
  }
  if (page.status === 200) return HIDDEN;
  if (page.status === 403) {
    return {
      id: '401-like-403',
      cause:
        '401 is treated like 403: the page says that something is not allowed, although a new login would bring a token that works',
    };
  }
  return {
    id: '401-not-handled',
    cause: '401 means that the token is missing, expired or ended: a new login brings a new one',
  };
}

function whyScopeNotNamed(page: Page): Cause {
  if (redirects(page)) {
    return {
      id: '403-like-401',
      cause: '403 is treated like 401: the login brings the same scopes again, without end',
    };
  }
  if (page.status === 403) {
    return {
      id: '403-without-scope',
      cause:
        'the page says that something is not allowed, and not what is missing: scope="…" in the API’s WWW-Authenticate names it',
    };
  }
  if (page.status === 200) return HIDDEN;
  return {
    id: '403-not-handled',
    cause: 'the app ignores the API’s 403: scope="…" in WWW-Authenticate says what is missing',
  };
}

function whyNoFailurePage(page: Page): Cause {
  if (page.status === 200) return HIDDEN;
  if (redirects(page)) {
    return {
      id: 'failure-like-401',
      cause:
        'the app treats every failure of the API as a refused token: the login brings the user back to the same failure',
      next: 'send the user to /login on 401 only; for all else show a page of your own',
    };
  }
  if (STACK.test(page.body)) {
    return {
      id: 'stack-trace-shown',
      cause:
        'the app does not catch the error of the call, so Express shows its own page, with a stack trace that shows strangers how the app is built',
    };
  }
  return {
    id: 'api-down-not-handled',
    cause: 'the call’s failure is not caught, or is shown as if it were the user’s',
  };
}

const HIDDEN: Cause = {
  id: 'failure-hidden',
  cause:
    'the failure is hidden: with status 200 the page looks as if all were well, for instance as if the user had no appointments',
  next: 'show a page that says that the list is not available now, with a status that says so',
};

const stillThere = async (on: TestEnvironment, browser: ReturnType<TestEnvironment['browser']>) => {
  const page = await browser.get(`${on.app}/profile`, { follow: false });
  return page.body.includes(BOB.email) || (await isLoggedIn(on, browser));
};
