import {
  authorizeUrl,
  type Bench,
  check,
  expectThat,
  json,
  maskBody,
  type Page,
  text,
} from '../../../shared/checks';

/** Seconds that the access token of a first refresh lives. */
const SHORT = 100;

/** A log-in whose access token has expired: it lived two seconds. */
interface Expired {
  browser: ReturnType<Bench['browser']>;
  /** What the tenant answered to the code. */
  tokens: Record<string, string | undefined>;
}

/** Several log-ins are made at once, so that their access tokens expire together and the checks wait only once. */
const expired = (on: Bench) =>
  on.once('expired', async () => {
    const found: Expired[] = [];
    for (let i = 0; i < 4; i++) {
      on.lifetimes = [2];
      const browser = on.browser();
      const before = tokenRequests(on, 'authorization_code').length;
      // Where a log-in ends is the app's own affair.
      await on.logIn(browser, '/profile');
      const page = await browser.get(`${on.app}/profile`);
      on.lifetimes = [];
      const request = tokenRequests(on, 'authorization_code')[before];
      expectThat(request?.status === 200 && page.body.includes(on.user.email), () => ({
        id: 'login-broken',
        expected: 'a user who is logged in',
        seen: `after the log-in GET /profile ended at ${page.url.pathname} with ${page.status}`,
        cause: 'the log-in of step 02 does not work',
        next: 'run npm run check -- 2, and mend what it finds',
      }));
      found.push({ browser, tokens: json(request.responseBody) });
    }
    await waitUntil(Date.now() + 2100);
    return found;
  });

const session = async (on: Bench, which: number) => (await expired(on))[which] as Expired;

const tokenRequests = (on: Bench, grant: string) =>
  on.recorder
    .between('app', 'tenant', '/oauth/token')
    .filter(({ requestBody }) => requestBody.includes(grant));

const refreshes = (on: Bench) =>
  tokenRequests(on, 'refresh_token').filter(({ requestBody }) => !requestBody.includes('authorization_code'));

const shows = (page: Page) => page.status === 200 && page.url.pathname === '/appointments';

const refusal = (on: Bench) => {
  const last = on.tenant.events.recent().findLast((event) => event.type === 'token refused');
  return last?.type === 'token refused' ? `${last.error}, ${last.reason}` : 'nothing was refused';
};

/** The tenant must have given a refresh token, or nothing of this step can work. */
function needsRefreshToken({ tokens }: Expired): void {
  expectThat(tokens.refresh_token !== undefined, () => ({
    id: 'no-refresh-token',
    expected: 'the log-in brings a refresh token',
    seen: `POST /oauth/token answered without refresh_token, for scope ${tokens.scope}`,
    cause: (tokens.scope ?? '').includes('offline_access')
      ? 'the application may not use the refresh_token grant'
      : 'offline_access was not asked for, or the API does not allow offline access (allow_offline_access in tenant.yaml): both are silent',
    next: 'ask for offline_access, and look at the API in tenant.yaml',
  }));
}

describe('04 Refresh your access token', () => {
  check('4.offline-access', '4.1', 'the app asks to go on while the user is away', async (on) => {
    const asked = ((await authorizeUrl(on, on.browser())).searchParams.get('scope') ?? '').split(' ');
    expectThat(asked.includes('offline_access'), () => ({
      id: 'no-offline-access',
      expected: 'scope contains offline_access',
      seen: `GET /authorize with scope=${asked.join(' ')}`,
      cause: 'without it the tenant issues no refresh token, and nothing says so',
      next: 'add offline_access to what /login asks for',
    }));
  });

  check('4.refreshes', '4.2', 'after the access token has expired the page still works', async (on) => {
    const one = await session(on, 0);
    needsRefreshToken(one);
    const before = refreshes(on).length;
    // 100 seconds: refreshing a minute early is right, and who takes them for milliseconds is found by the next check.
    on.lifetimes = [SHORT];
    const page = await one.browser.get(`${on.app}/appointments`);
    on.lifetimes = [];
    const request = refreshes(on)[before];
    expectThat(request !== undefined, () => ({
      id: 'no-refresh',
      expected: 'POST /oauth/token with grant_type=refresh_token once the access token has expired',
      seen: `GET /appointments ended at ${page.url.pathname} with ${page.status}, and the app sent no refresh`,
      cause:
        'the app does not notice that the token has expired: expires_in is in seconds, Date.now() in milliseconds; or it does not refresh yet',
      next: 'keep the time at which the token expires, and refresh shortly before it, or when the API answers 401',
    }));
    expectThat(request.status === 200, () => ({
      id: request.status === 401 ? 'refresh-without-secret' : 'refresh-refused',
      expected: 'the tenant accepts the refresh',
      seen: `POST /oauth/token ${maskBody(request.requestBody)} answered ${request.status}; the tenant’s log: ${refusal(on)}`,
      cause:
        request.status === 401
          ? 'the client secret was left out: a refresh authenticates the client as the code exchange does'
          : 'not the refresh token of this log-in, or one that was used before',
      next: 'send client_id, client_secret, grant_type=refresh_token and the newest refresh_token',
    }));
    expectThat(shows(page), () => ({
      id: 'refresh-unused',
      expected: 'GET /appointments shows the appointments',
      seen: `the refresh succeeded, and GET /appointments ended at ${page.url.pathname} with ${page.status}: ${text(page).slice(0, 80)}`,
      cause: 'the call to the API is made with the old access token',
      next: 'use the access token of the refresh’s answer',
    }));
  });

  check('4.not-every-call', '4.2', 'a token that is still good is not refreshed', async (on) => {
    const one = await session(on, 0);
    needsRefreshToken(one);
    needsOneRefresh(on, 'one refresh, after which the token is good for a while');
    const before = refreshes(on).length;
    await waitUntil(Date.now() + 1.5 * SHORT);
    for (let i = 0; i < 2; i++) await one.browser.get(`${on.app}/appointments`);
    const more = refreshes(on).length - before;
    expectThat(more === 0, () => ({
      id: more === 1 ? 'expiry-unit' : 'refresh-every-call',
      expected: `no refresh while the access token has ${SHORT} seconds to live`,
      seen: `two more pages sent ${more} ${more === 1 ? 'refresh' : 'refreshes'}`,
      cause:
        'the app refreshes at every call, or takes the new token for expired: expires_in is in seconds, Date.now() in milliseconds',
      next: 'compare the time with the end of the access token, at most a minute early',
    }));
  });

  check('4.rotation', '4.4', 'the second refresh works as the first did', async (on) => {
    const one = await session(on, 1);
    needsRefreshToken(one);
    on.lifetimes = [1];
    const first = await one.browser.get(`${on.app}/appointments`);
    on.lifetimes = [];
    const count = refreshes(on).length;
    needsOneRefresh(on, 'a first refresh');
    await waitUntil(Date.now() + 1100);
    const second = await one.browser.get(`${on.app}/appointments`);
    const request = refreshes(on).at(-1);
    expectThat(
      shows(first) && shows(second) && refreshes(on).length > count && request?.status === 200,
      () => ({
        id: 'rotation-not-saved',
        expected: 'the second refresh is sent with the refresh token that the first one brought',
        seen: `POST /oauth/token answered ${request?.status}; the tenant’s log: ${refusal(on)}; GET /appointments ended at ${second.url.pathname} with ${second.status}`,
        cause:
          'refresh tokens rotate: the answer brings a new one, and the old one is dead. It was not saved, so the old one was sent again, and the whole family was ended',
        next: 'save refresh_token from every answer before you use the new access token',
      }),
    );
  });

  check('4.parallel', '4.3', 'parallel requests share one refresh', async (on) => {
    const one = await session(on, 2);
    needsRefreshToken(one);
    const before = refreshes(on).length;
    const pages = await Promise.all(
      Array.from({ length: 10 }, () => one.browser.get(`${on.app}/appointments`)),
    );
    const sent = refreshes(on).length - before;
    expectThat(sent > 0, () => ({
      id: 'no-refresh',
      expected: 'one refresh for ten parallel requests',
      seen: 'no refresh at all',
      cause: 'the app does not refresh yet',
      next: 'do task 4.2 first',
    }));
    const failed = pages.filter((page) => !shows(page)).length;
    expectThat(sent === 1 && failed === 0, () => ({
      id: 'parallel-refresh',
      expected: 'one refresh, and ten pages with the appointments',
      seen: `${sent} refreshes, ${failed} of ten pages failed; the tenant’s log: ${refusal(on)}`,
      cause:
        'each request refreshes by itself: the second one sends a refresh token that is used up, which looks like a theft, and the whole family is ended',
      next: 'let the first request refresh, and the others wait for its promise',
    }));
  });

  check(
    '4.refused',
    '4.5',
    'a refused refresh ends in a clean log-in that returns to the page',
    async (on) => {
      const one = await session(on, 3);
      needsRefreshToken(one);
      const { CLIENT_ID = '', CLIENT_SECRET = '' } = on.settings();
      const body = new URLSearchParams({
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        token: one.tokens.refresh_token ?? '',
      });
      await fetch(new URL('/oauth/revoke', on.tenant.issuer), { method: 'POST', body });
      const before = refreshes(on).length;
      const page = await one.browser.get(`${on.app}/appointments`).catch((error: Error) => error.message);
      expectThat(refreshes(on).length > before, () => ({
        id: 'no-refresh',
        expected: 'a refresh, which the tenant refuses',
        seen:
          typeof page === 'string'
            ? page.slice(0, 120)
            : `GET /appointments ended at ${page.url.pathname} with ${page.status}, and the app sent no refresh`,
        cause: 'the app does not refresh yet',
        next: 'do task 4.2 first',
      }));
      expectThat(typeof page !== 'string' && shows(page), () => ({
        id: 'half-dead-session',
        expected: 'the log-in begins again by itself, and ends at /appointments',
        seen:
          typeof page === 'string'
            ? page.slice(0, 200)
            : `GET /appointments ended at ${page.url.href} with ${page.status}: ${text(page).slice(0, 80)}`,
        cause: 'invalid_grant leaves the session with tokens that will never work again',
        next: 'on invalid_grant forget the tokens and send the user to /login, with returnTo',
      }));
    },
  );
});

/** Access tokens expire by the clock: until then there is no condition but the time. */
async function waitUntil(time: number): Promise<void> {
  while (Date.now() < time) await new Promise((resolve) => setTimeout(resolve, time - Date.now()));
}

/** "No more refreshes" proves nothing about an app that never refreshes. */
function needsOneRefresh(on: Bench, what: string): void {
  expectThat(refreshes(on).length > 0, () => ({
    id: 'no-refresh',
    expected: what,
    seen: 'the app never sent a refresh',
    cause: 'the app does not refresh yet',
    next: 'do task 4.2 first',
  }));
}
