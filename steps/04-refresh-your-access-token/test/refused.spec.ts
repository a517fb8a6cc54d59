import { BOB, check, expectThat, type TestEnvironment } from '../../../shared/checks';
import type { Forgery } from '../../../shared/faults/forgery';
import {
  callsToApi,
  type Expired,
  ended,
  needsRefresh,
  needsRefreshToken,
  refreshes,
  refusal,
  session,
  shows,
  subjectOf,
  tokenRequests,
} from './sessions';

describe('04 Refresh your access token: when it cannot be done', () => {
  check(
    '4.refused',
    '4.5',
    'a refused refresh ends in a clean login that returns to the page',
    async (on) => {
      const one = await session(on, 'refused');
      needsRefreshToken(one);
      await revoke(on, one);
      const before = refreshes(on).length;
      // The user leaves the login that the first page begins, and opens the page again.
      await openOnce(on, one);
      const sent = refreshes(on).length - before;
      await openOnce(on, one);
      const again = refreshes(on).slice(before + sent);
      const page = await one.browser.get(`${on.app}/appointments`).catch((error: Error) => error.message);
      needsRefresh(on, sent, 'a refresh, which the tenant refuses', page);
      expectThat(sent <= 2, () => ({
        id: 'refused-refresh-repeated',
        expected: 'one refresh, and then the login',
        of: refreshes(on).slice(before),
        seen: `the tenant answered invalid_grant, and the app sent ${sent} refreshes for one page`,
        cause: 'a refused refresh is tried again: the tenant refuses it each time',
        next: 'on invalid_grant forget the tokens and send the user to /login, with returnTo',
      }));
      expectThat(typeof page !== 'string' && shows(page), () => ({
        expected: 'the login begins again by itself, and ends at /appointments',
        of: page,
        seen: ended(page),
        next: 'on invalid_grant forget the tokens and send the user to /login, with returnTo',
        ...whyNoLogIn(on, page),
      }));
      expectThat(again.length === 0, () => ({
        id: 'refused-token-kept',
        expected: 'the refresh token that the tenant refused is not sent again',
        of: [refreshes(on)[before], ...again],
        seen: `the tenant answered invalid_grant, the user opened the page again before they logged in, and the app sent ${again.length === 1 ? 'a second refresh' : `${again.length} more refreshes`}`,
        cause:
          'the app keeps the tokens of the refused refresh: each page asks the tenant once more, and gets the same answer',
        next: 'on invalid_grant delete the tokens of the session, and then send the user to /login',
      }));
    },
  );

  check('4.same-user', '4.4', 'a refresh that answers for another user is refused', async (on) => {
    const one = await session(on, 'other');
    needsRefreshToken(one);
    const [before, earlier] = [refreshes(on).length, callsToApi(on).length];
    on.tenantFaults.decide = ({ url }) =>
      url?.startsWith('/oauth/token') ? { forge: FOR_SOMEBODY_ELSE } : undefined;
    const page = await one.browser
      .get(`${on.app}/appointments`)
      .catch((error: Error) => error.message)
      .finally(() => on.tenantFaults.clear());
    const [refresh] = refreshes(on).slice(before);
    needsRefresh(
      on,
      refresh === undefined ? 0 : 1,
      'a refresh, which the tenant answers for another user',
      page,
    );
    const used = callsToApi(on)
      .slice(earlier)
      .find(({ requestHeaders }) => subjectOf(requestHeaders.authorization) === SOMEBODY_ELSE);
    const profile = await one.browser.get(`${on.app}/profile`, { follow: false });
    const becomes = profile.body.includes(BOB.email);
    expectThat(used === undefined && !becomes, () => ({
      id: 'refresh-for-another-user',
      expected: 'tokens of another user are thrown away: the API is not called with them',
      of: [refresh, used, becomes ? profile : undefined],
      seen: `the tenant answered the refresh with an ID token whose sub is ${SOMEBODY_ELSE}, and ${becomes ? `/profile shows ${BOB.email}` : 'the app called the API with the access token that came with it'}`,
      cause:
        'the app does not compare the sub of the refreshed ID token with the sub of the login: the session of one user gets the tokens of another (OpenID Connect Core, section 12.2)',
      next: 'when a refresh brings an ID token, compare its sub with the sub of the login; if they differ, forget the tokens and show a page',
    }));
  });

  check('4.outage', '4.5', 'a tenant that is down for a moment logs nobody out', async (on) => {
    const one = await session(on, 'outage');
    needsRefreshToken(one);
    const before = refreshes(on).length;
    on.tenantFaults.decide = ({ url }) =>
      url?.startsWith('/oauth/token')
        ? {
            status: 503,
            headers: { 'content-type': 'application/json' },
            body: '{"error":"temporarily_unavailable"}',
          }
        : undefined;
    const during = await one.browser
      .get(`${on.app}/appointments`, { follow: false })
      .finally(() => on.tenantFaults.clear());
    needsRefresh(on, refreshes(on).length - before, 'a refresh, which the tenant cannot answer', during);
    const away = during.status >= 300 && during.status < 400;
    const codes = tokenRequests(on, 'authorization_code').length;
    const sent = refreshes(on).length;
    const page = await one.browser.get(`${on.app}/appointments`).catch((error: Error) => error.message);
    const tried = refreshes(on).length > sent;
    const again = tokenRequests(on, 'authorization_code').length > codes;
    expectThat(!away && !again, () => ({
      id: 'outage-logs-out',
      expected: 'a page that says that it cannot be done now; a moment later the same session goes on',
      of: [during, refreshes(on)[before]],
      seen: `the tenant answered 503 to the refresh, and the app ${away ? `sent the user to ${during.headers.location}` : 'began a new login at the next page'}`,
      cause:
        'the app treats every failure of a refresh as a refused refresh token: an outage of some seconds logs everybody out, and valid refresh tokens are lost',
      next: 'forget the tokens on invalid_grant only; for all else show a page, and keep them',
    }));
    expectThat(typeof page !== 'string' && shows(page), () => ({
      expected: 'once the tenant is back, the next page refreshes and shows the appointments',
      of: page,
      seen: ended(page),
      ...(tried
        ? {
            id: 'outage-not-survived',
            cause:
              refreshes(on).at(-1)?.status === 200
                ? 'the tenant answered the second refresh with new tokens, and the app does not go on with them'
                : `the tenant refused the second refresh: ${refusal(on)}`,
            next: 'keep the tokens as they were until the tenant has answered, and store the new ones before you use them',
          }
        : {
            id: 'failed-refresh-kept',
            cause:
              'the tenant was not asked again: most likely the promise of the refresh that failed is still stored, and every request gets the same old failure',
            next: 'delete the running refresh when it ends, also after a failure: finally(() => running.delete(id))',
          }),
    }));
  });
});

const SOMEBODY_ELSE = 'auth0|somebody-else';
const FOR_SOMEBODY_ELSE: Forgery = {
  at: 'refresh',
  id_token: { claims: { sub: SOMEBODY_ELSE, name: BOB.name, email: BOB.email } },
  access_token: { claims: { sub: SOMEBODY_ELSE } },
};

/** Opens the page and follows no redirect. */
const openOnce = (on: TestEnvironment, { browser }: Expired) =>
  browser.get(`${on.app}/appointments`, { follow: false }).catch(() => undefined);

async function revoke(on: TestEnvironment, { tokens }: Expired): Promise<void> {
  const { CLIENT_ID = '', CLIENT_SECRET = '' } = on.settings();
  const body = new URLSearchParams({
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    token: tokens.refresh_token ?? '',
  });
  await fetch(new URL('/oauth/revoke', on.tenant.issuer), { method: 'POST', body });
}

function whyNoLogIn(on: TestEnvironment, page: Awaited<ReturnType<Expired['browser']['get']>> | string) {
  if (typeof page !== 'string' && page.status === 200) {
    return {
      id: 'returns-elsewhere',
      cause: `the login went well and ended at ${page.url.pathname}: returnTo is missing, or is not stored`,
    };
  }
  const begun = on.recorder.between('browser', 'app', '/login').length > 0;
  return {
    id: 'half-dead-session',
    cause: begun
      ? 'invalid_grant leaves the session with tokens that will never work again, or the login cannot be finished in it'
      : 'invalid_grant leaves the session with tokens that will never work again',
  };
}
