import {
  authorizeUrl,
  type Cause,
  check,
  expectThat,
  json,
  maskBody,
  type Page,
  type TestEnvironment,
  unfinished,
  whyRefused as whyApiRefused,
} from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';
import {
  callsToApi,
  ended,
  logIn,
  needsRefresh,
  needsRefreshToken,
  refreshes,
  refusal,
  SHORT,
  session,
  shows,
  tokenRequests,
  whyClientRefused,
} from './sessions';

/** Refreshes of one page after which the API takes the token again: an app without a limit gets a page, and a finding. */
const MOST = 6;

/** One page after the access token has expired, and the refresh that it sent. */
const firstRefresh = (on: TestEnvironment) =>
  on.once('first refresh', async () => {
    const one = await session(on, 'refresh');
    needsRefreshToken(one);
    const before = refreshes(on).length;
    const codes = tokenRequests(on, 'authorization_code').length;
    // 100 seconds: refreshing a minute early is right, and who takes them for milliseconds is found by the next check.
    on.lifetimes = [SHORT];
    const page = await one.browser.get(`${on.app}/appointments`);
    on.lifetimes = [];
    const loggedIn = tokenRequests(on, 'authorization_code').length > codes;
    return { one, page, request: refreshes(on)[before], loggedIn };
  });

describe('04 Refresh your access token', () => {
  check('4.offline-access', '4.1', 'the app asks to go on while the user is away', async (on) => {
    const url = await authorizeUrl(on, on.browser());
    const asked = (url.searchParams.get('scope') ?? '').split(' ');
    expectThat(asked.includes('offline_access'), () => ({
      id: 'no-offline-access',
      expected: 'scope contains offline_access',
      of: url,
      seen: `GET /authorize with scope=${asked.join(' ')}`,
      cause: 'without it the tenant issues no refresh token, and no error appears',
      next: 'add offline_access to what /login asks for',
    }));
  });

  check('4.refreshes', '4.2', 'after the access token has expired the page still works', async (on) => {
    const { one, page, request, loggedIn } = await firstRefresh(on);
    expectThat(request !== undefined, () => ({
      expected: 'POST /oauth/token with grant_type=refresh_token once the access token has expired',
      of: page,
      seen: `GET /appointments ended at ${page.url.pathname} with ${page.status}, and the app sent no refresh`,
      next: 'keep the time at which the token expires, and refresh shortly before it, or when the API answers 401',
      ...whyNotRefreshed(on, page, loggedIn),
    }));
    expectThat(request.status === 200, () => ({
      expected: 'the tenant accepts the refresh',
      of: request,
      seen: `POST /oauth/token ${maskBody(request.requestBody)} answered ${request.status}; the tenant’s log: ${refusal(on)}`,
      next: 'send client_id, client_secret, grant_type=refresh_token and the newest refresh_token',
      ...whyRefused(request, one.tokens),
    }));
    expectThat(shows(page) && !loggedIn, () => ({
      expected: 'GET /appointments shows the appointments',
      of: [page, request],
      seen: `the refresh succeeded, and ${loggedIn ? 'then the app sent the user through the login all the same' : ended(page)}`,
      next: 'use the access token of the refresh’s answer',
      ...whyStillRefused(on, request),
    }));
  });

  check('4.not-every-call', '4.2', 'a token that is still good is not refreshed', async (on) => {
    const { one, request } = await firstRefresh(on);
    needsRefresh(on, refreshes(on).length, 'one refresh, after which the token is good for a while');
    const before = refreshes(on).length;
    await on.pass(1.5 * SHORT);
    for (let i = 0; i < 2; i++) await one.browser.get(`${on.app}/appointments`);
    const later = refreshes(on).slice(before);
    const more = later.length;
    const tokenOf = (refresh: Message | undefined) =>
      new URLSearchParams(refresh?.requestBody).get('refresh_token');
    expectThat(more === 0 || tokenOf(later[0]) !== tokenOf(request), () => ({
      id: 'refresh-not-saved',
      expected: `no refresh while the access token has ${SHORT} seconds to live`,
      of: later[0] ?? [],
      seen: 'the next page sent the same refresh token once more',
      cause:
        'the tokens that the refresh brought were not saved: the next page found the old ones, and refreshed again',
      next: 'save what the refresh brought before you use it (task 4.4)',
      task: '4.4',
    }));
    expectThat(more < 2 || (await refreshesAtOnce(on)), () => ({
      id: 'expiry-not-updated',
      expected: `no refresh while the access token has ${SHORT} seconds to live`,
      of: later,
      seen: `after the login no page refreshed, and after the first refresh two more pages sent ${more} refreshes`,
      cause:
        'the refresh brings a new access token, and the app still compares with the time at which the old one expired',
      next: 'compute the time of expiry again from expires_in of each answer, and save it with the tokens',
    }));
    expectThat(more === 0, () => ({
      id: more === 1 ? 'expiry-unit' : 'refresh-every-call',
      expected: `no refresh while the access token has ${SHORT} seconds to live`,
      of: refreshes(on).slice(before),
      seen: `two more pages sent ${more} ${more === 1 ? 'refresh' : 'refreshes'}`,
      cause:
        more === 1
          ? 'the app treats the new token as expired a moment later: expires_in is in seconds, Date.now() in milliseconds'
          : 'the app refreshes at every call, or treats each token as expired at once: expires_in is in seconds, Date.now() in milliseconds',
      next: 'compare the time with the end of the access token, at most a minute early',
    }));
  });

  check('4.retried-once', '4.2', 'a new token that the API refuses too is not renewed again', async (on) => {
    const one = await logIn(on);
    needsRefreshToken(one);
    const [before, earlier] = [refreshes(on).length, callsToApi(on).length];
    on.apiFaults.decide = () =>
      refreshes(on).length - before > MOST || callsToApi(on).length - earlier > 3 * MOST
        ? undefined
        : { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } };
    await one.browser.get(`${on.app}/appointments`, { follow: false }).finally(() => on.apiFaults.clear());
    const sent = refreshes(on).slice(before);
    const calls = callsToApi(on).slice(earlier);
    expectThat(sent.length <= 2, () => ({
      id: 'refresh-without-limit',
      expected: 'one refresh, one more call, and then the login',
      of: [...calls.slice(0, 2), ...sent.slice(0, 2)],
      seen: `the API answered 401 to each call, and one page sent ${sent.length} refreshes and ${calls.length} calls`,
      cause:
        'after a 401 the app refreshes and tries again, as often as the API refuses: if the API refuses for a reason other than the token’s age, the loop never ends',
      next: 'try again once; if the API refuses again, start the login',
    }));
    const brought = json(sent.at(-1)?.responseBody).access_token;
    const last = calls.at(-1)?.requestHeaders.authorization ?? '';
    expectThat(brought === undefined || calls.length < 2 || last.endsWith(brought), () => ({
      id: 'retried-with-old-token',
      expected: 'after the refresh the call is made with the new access token',
      of: [calls.at(-1), sent.at(-1)],
      seen: `the API answered 401, the app refreshed, and called again with the access token from before`,
      cause:
        'the refresh’s answer is stored and not used: the second call takes its token from a variable that was read before',
      next: 'take the access token for the second call from what the refresh returned',
    }));
  });
});

/** Whether a token that a login has just brought is refreshed by the next two pages. */
async function refreshesAtOnce(on: TestEnvironment): Promise<boolean> {
  const { browser } = await logIn(on);
  const before = refreshes(on).length;
  for (let i = 0; i < 2; i++) await browser.get(`${on.app}/appointments`);
  return refreshes(on).length > before;
}

function whyNotRefreshed(on: TestEnvironment, page: Page, loggedIn: boolean): Cause {
  const task = unfinished(page);
  if (task) return { id: 'no-refresh', ...task };
  if (loggedIn) {
    return {
      id: 'log-in-instead-of-refresh',
      cause:
        'the app sent the user through the login again. The tenant still had their session and asked for no password, so it looks like a refresh. Without that session, every hour would begin with a login page. Either the app does not refresh, or it did not store the refresh token of the login',
      next: 'keep refresh_token at the login, and send it with grant_type=refresh_token when the access token has expired (task 4.2)',
    };
  }
  const last = callsToApi(on).at(-1);
  if (page.status === 401 || page.status >= 500 || last?.status === 401) {
    return {
      id: 'expired-token-sent',
      cause:
        'the expired token was sent to the API, and its 401 led to no refresh: either the app does not notice that the token has expired (expires_in is in seconds, Date.now() in milliseconds), or it does not refresh yet',
    };
  }
  return {
    id: 'no-refresh',
    cause:
      'the app does not notice that the token has expired: expires_in is in seconds, Date.now() in milliseconds; or it does not refresh yet',
  };
}

function whyRefused(request: Message, tokens: Record<string, string | undefined>): Cause {
  const sent = new URLSearchParams(request.requestBody);
  if (request.status === 401) return { id: 'refresh-without-secret', cause: whyClientRefused(request) };
  const token = sent.get('refresh_token');
  if (token !== null && token === tokens.access_token) {
    return {
      id: 'access-token-as-refresh-token',
      cause: 'the access token was sent where the refresh token belongs',
    };
  }
  if (token === null || /^(undefined|null|)$/.test(token)) {
    return {
      id: 'no-refresh-token-sent',
      cause: 'no refresh token was sent: the one that the login brought was not stored',
      next: 'keep refresh_token beside the access token at the login',
    };
  }
  return {
    id: 'refresh-refused',
    cause: 'not the refresh token of this login, or one that was used before',
  };
}

function whyStillRefused(on: TestEnvironment, request: Message): Cause {
  const narrowed = new URLSearchParams(request.requestBody).get('scope');
  const last = callsToApi(on).at(-1);
  if (last?.status === 403 && narrowed !== null) {
    return {
      id: 'refresh-narrows-scope',
      cause: `the refresh was sent with scope=${narrowed}: that asks for a token with these scopes only (RFC 6749, section 6), and the API’s are not among them`,
      next: 'send no scope with the refresh: then the new token has all that the user allowed',
    };
  }
  if (last?.requestHeaders.authorization?.endsWith(json(request.responseBody).access_token ?? '-')) {
    return {
      id: 'new-token-refused',
      cause: `the new access token was sent, and the API answered ${last.status}: ${whyApiRefused(last).cause}`,
      next: 'look at the call to the API: npm run workshop flow',
    };
  }
  return {
    id: 'refresh-unused',
    cause: 'the call to the API is made with the old access token, or not at all',
  };
}
