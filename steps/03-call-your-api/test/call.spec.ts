import {
  authorizationOf,
  authorizeUrl,
  BOB,
  check,
  expectThat,
  json,
  loggedIn,
  logInWithout,
  sampleLogin,
  type TestEnvironment,
  text,
  whatThrew,
  whyRefused,
} from '../../../shared/checks';
import { accessTokensOf, TOKEN_IN_PAGE, whyNoList, whyNotAsked, whyNotCalled, whyNotShown } from './causes';
import { bobLoggedIn, callsToApi, notAsked, tokenRequests, withFault } from './failing-api';

const SCOPES = ['read:appointments', 'create:appointments', 'delete:appointments'];

/** One look at /appointments after the ordinary login, and the call that the API got from it. */
const look = (on: TestEnvironment) =>
  on.once('look', async () => {
    const { browser, tokens } = await loggedIn(on);
    // Another check may have called the API before, in another session.
    const earlier = callsToApi(on).length;
    const page = await browser.get(`${on.app}/appointments`);
    return { browser, tokens, page, calls: callsToApi(on).slice(earlier) };
  });

const isBearer = (authorization: string | undefined, tokens: readonly string[]) =>
  tokens.includes(/^bearer +(.*)$/i.exec(authorization ?? '')?.[1] ?? '');

const lastCodeExchange = (on: TestEnvironment) =>
  tokenRequests(on).findLast(({ requestBody }) => /authorization_code/.test(requestBody));

describe('03 Call your API', () => {
  check('3.scopes-requested', '3.1', 'the app asks for the API’s scopes', async (on) => {
    const url = await authorizeUrl(on, on.browser());
    const asked = url.searchParams.get('scope') ?? '';
    const missing = SCOPES.filter((scope) => !asked.split(' ').includes(scope));
    expectThat(missing.length === 0, () => ({
      expected: `scope contains ${SCOPES.join(' ')}`,
      of: url,
      seen: `GET /authorize with scope=${asked}`,
      next: 'add the scopes to what /login asks for',
      ...whyNotAsked(asked, missing, SCOPES),
    }));
  });

  check('3.api-called', '3.2', 'the app calls the API with the access token', async (on) => {
    const { browser, calls, tokens, page } = await look(on);
    const call = calls[0];
    expectThat(call !== undefined, () => ({
      expected: `GET ${on.api.origin}/appointments from the app’s server`,
      of: page,
      seen: `GET /appointments answered ${page.status}, and the API got no request`,
      next: 'call API_URL/appointments from the route, on the server',
      ...whyNotCalled(page, tokens, tokenRequests(on), whatThrew(on.watched, '/appointments')),
    }));
    const own = () => accessTokensOf(tokens, tokenRequests(on));
    const inAddress = own().some((token) => call.url.search.includes(token));
    expectThat(isBearer(call.requestHeaders.authorization, own()) && !inAddress, () => ({
      expected: 'Authorization: Bearer ACCESS_TOKEN, and no token in the address',
      of: call,
      seen: `GET ${call.url.pathname} with ${authorizationOf(call)}, answered ${call.status}`,
      next: 'send the header Authorization with the word Bearer, a space and the access token',
      ...whyRefused(call, tokens, tokenRequests(on)),
    }));
    expectThat(!page.body.includes(tokens.access_token ?? ''), () => ({
      expected: 'the access token remains on the server',
      of: page,
      seen: `the page /appointments contains the access token`,
      next: 'give the page the appointments only',
      ...TOKEN_IN_PAGE,
    }));
    const bob = await bobLoggedIn(on);
    const bobs = json(lastCodeExchange(on)?.responseBody);
    const users = [
      { who: on.user.name, at: browser, other: BOB.name, others: bobs, owner: 'whoever logged in last' },
      {
        who: BOB.name,
        at: bob,
        other: on.user.name,
        others: tokens,
        owner: 'whoever logged in first',
      },
    ];
    for (const { who, at, other, others, owner } of users) {
      const before = callsToApi(on).length;
      const shown = await at.get(`${on.app}/appointments`);
      const again = callsToApi(on)[before];
      expectThat(again !== undefined, () => notAsked(on, shown));
      const foreign = accessTokensOf(others, tokenRequests(on));
      expectThat(!isBearer(again?.requestHeaders.authorization, foreign), () => ({
        id: 'token-of-another-user',
        expected: 'each user’s page is fetched with that user’s access token',
        of: again,
        seen: `${on.user.name} logged in, then ${BOB.name}; ${who}’s GET /appointments was sent with ${other}’s token`,
        cause: `the token is stored in one place for everybody, such as a variable of the module: ${owner} is the user of every call to the API`,
        next: 'keep the tokens in the session',
      }));
    }
  });

  check('3.appointments-shown', '3.2', 'the page shows the appointments that the API gave', async (on) => {
    const { calls, page, tokens } = await look(on);
    const answer = calls.find((call) => call.status === 200);
    expectThat(answer !== undefined, () => ({
      expected: 'GET /appointments shows the appointments',
      of: [...calls, page],
      seen: `the API answered ${calls.map(({ status, url }) => `${status} to GET ${url.pathname}`).join(', ') || 'nothing'}`,
      next: 'fix the call to the API',
      ...whyNoList(calls, tokens),
    }));
    const titles = titlesIn(answer.responseBody);
    const missing = titles.filter((title) => !text(page).includes(title));
    expectThat(page.status === 200 && missing.length === 0, () => ({
      id: 'appointments-not-shown',
      expected: `GET /appointments shows ${titles.join(', ') || 'the appointments'}`,
      of: page,
      seen: `GET /appointments answered ${page.status} without ${missing.join(', ')}`,
      cause: whyNotShown(page),
      next: 'show each appointment’s title',
    }));
  });

  check('3.token-not-read', '3.2', 'the app takes the access token as it is', async (on) => {
    const { calls, page } = await look(on);
    const answer = calls.find((call) => call.status === 200);
    expectThat(answer !== undefined && page.status === 200, () => notAsked(on, page));
    // Without an audience the tenant issues an access token of another format. The API, which would refuse it, answers as it did before.
    const browser = on.browser();
    const end = await logInWithout(on, browser, 'audience', BOB);
    const { page: shown } = await withFault(
      on,
      { status: 200, headers: { 'content-type': 'application/json' }, body: answer.responseBody },
      () => browser.get(`${on.app}/appointments`, { follow: false }),
    );
    // A redirect or 403 can come from the scope that the tenant said it granted, which an app may look at.
    const broken = end.status >= 500 ? end : shown.status >= 500 ? shown : undefined;
    expectThat(broken === undefined, () => ({
      id: 'token-parsed',
      expected: 'the app works with an access token of any format',
      of: broken,
      seen: `with an opaque access token in place of a JWT, GET ${broken?.url.pathname} answered ${broken?.status}`,
      cause:
        'the app looks into the access token. It is for the API, and its format is a matter between tenant and API: it can change without notice',
      next: 'take who the user is from the ID token, and what was granted from scope in the tenant’s answer',
    }));
  });

  check('3.private', '3.2', 'without a login the appointments lead to the login', async (on) => {
    await sampleLogin(on);
    const before = callsToApi(on).length;
    const page = await on.browser().get(`${on.app}/appointments`, { follow: false });
    const call = callsToApi(on)[before];
    expectThat(page.status >= 300 && page.status < 400, () => ({
      id: call ? 'asked-without-login' : 'appointments-public',
      expected: 'GET /appointments without a session redirects to the login',
      of: [page, call],
      seen: `it answered ${page.status}${call ? `, after GET ${call.url.pathname} to the API with ${authorizationOf(call)}` : ''}`,
      cause: call
        ? 'the route calls the API before it asks whether somebody is logged in'
        : page.status === 404
          ? 'the app has no route /appointments yet'
          : page.status >= 500
            ? 'the route reads the access token without asking whether there is one'
            : page.status >= 400
              ? 'the page says that nobody is logged in, and does not lead to the login'
              : 'the route does not ask whether somebody is logged in',
      next: 'use the same guard as for /profile',
    }));
  });
});

function titlesIn(body: string): string[] {
  const { appointments = [] } = JSON.parse(body || '{}') as { appointments?: { title: string }[] };
  return appointments.map(({ title }) => title);
}
