import {
  authorizeUrl,
  type Bench,
  BOB,
  check,
  conversation,
  expectThat,
  isLoggedIn,
  loggedIn,
  mask,
  text,
} from '../../../shared/checks';

const SCOPES = ['read:appointments', 'create:appointments', 'delete:appointments'];

/** One look at /appointments after the ordinary log-in, and the call that the API got from it. */
const look = (on: Bench) =>
  on.once('look', async () => {
    const { browser, tokens } = await loggedIn(on);
    const page = await browser.get(`${on.app}/appointments`);
    return { browser, tokens, page, calls: on.recorder.between('app', 'api') };
  });

/** A user of their own, so that a fault of the API does not meet the others. */
async function bobLoggedIn(on: Bench) {
  const browser = on.browser();
  await on.logIn(browser, '/profile', BOB);
  const page = await browser.get(`${on.app}/profile`);
  expectThat(page.body.includes(BOB.email), () => ({
    id: 'login-broken',
    expected: 'a user who is logged in',
    seen: `after the log-in GET /profile answered ${page.status} without the user`,
    cause: 'the log-in of step 02 does not work',
    next: 'run npm run check -- 2, and mend what it finds',
  }));
  return browser;
}

describe('03 Call your API', () => {
  check('3.scopes-requested', '3.1', 'the app asks for the API’s scopes', async (on) => {
    const asked = ((await authorizeUrl(on, on.browser())).searchParams.get('scope') ?? '').split(' ');
    const missing = SCOPES.filter((scope) => !asked.includes(scope));
    expectThat(missing.length === 0, () => ({
      id: 'scope-not-requested',
      expected: `scope contains ${SCOPES.join(' ')}`,
      seen: `GET /authorize with scope=${asked.join(' ')}`,
      cause: `${missing.join(' ')} is not asked for: the access token does not have it, and the API answers 403`,
      next: 'add the scopes to what /login asks for',
    }));
  });

  check('3.api-called', '3.2', 'the app calls the API with the access token', async (on) => {
    const { calls, tokens, page } = await look(on);
    const call = calls[0];
    expectThat(call !== undefined, () => ({
      id: 'api-not-called',
      expected: `GET ${on.api.origin}/appointments from the app’s server`,
      seen: `GET /appointments answered ${page.status}, and the API got no request`,
      cause:
        page.status === 404
          ? 'the app has no route /appointments yet'
          : 'the page does not call the API, or at another address than API_URL',
      next: 'call API_URL/appointments from the route, on the server',
    }));
    const { authorization } = call.requestHeaders;
    const sent = /^(\S+)(?: +(.*))?$/.exec(authorization ?? '');
    const token = tokens.access_token ?? '';
    expectThat(
      authorization === `Bearer ${token}` ||
        (/^bearer$/i.test(sent?.[1] ?? '') === true && sent?.[2] === token),
      () => ({
        ...(authorization === undefined
          ? call.url.search.includes(token)
            ? {
                id: 'token-in-query',
                cause: 'the token stands in the address, where every log on the way keeps it',
              }
            : { id: 'no-authorization', cause: 'the request has no Authorization header' }
          : sent?.[2] === tokens.id_token || authorization === tokens.id_token
            ? {
                id: 'id-token-sent',
                cause:
                  'the ID token was sent: it tells the app who the user is, and its audience is the app, not the API',
              }
            : authorization === token
              ? {
                  id: 'no-bearer-prefix',
                  cause: 'the word Bearer and a space are missing before the token (RFC 6750, section 2.1)',
                }
              : {
                  id: 'wrong-authorization',
                  cause: 'not known: neither of the tokens of this log-in was sent',
                }),
        expected: 'Authorization: Bearer ACCESS_TOKEN',
        seen: `GET ${call.url.pathname} with ${authorization === undefined ? 'no Authorization' : `Authorization: ${sent?.[2] === undefined ? mask(authorization) : `${sent[1]} ${mask(sent[2])}`}`}, answered ${call.status}`,
        next: 'send the header Authorization with the word Bearer, a space and the access token',
      }),
    );
  });

  check('3.appointments-shown', '3.2', 'the page shows the appointments that the API gave', async (on) => {
    const { calls, page } = await look(on);
    const answer = calls.find((call) => call.status === 200);
    const titles = (JSON.parse(answer?.responseBody || '{}').appointments ?? []).map(
      (one: { title: string }) => one.title,
    ) as string[];
    const missing = titles.filter((title) => !text(page).includes(title));
    expectThat(answer !== undefined && page.status === 200 && missing.length === 0, () => ({
      id: 'appointments-not-shown',
      expected: `GET /appointments shows ${titles.join(', ') || 'the appointments'}`,
      seen:
        answer === undefined
          ? `the API answered ${calls.map(({ status }) => status).join(', ') || 'nothing'}`
          : `GET /appointments answered ${page.status} without ${missing.join(', ')}`,
      cause:
        answer === undefined
          ? 'the API did not accept the call: see the check before'
          : 'the answer is {"appointments": […]}: the list stands in that property',
      next: 'show each appointment’s title',
    }));
  });

  check('3.private', '3.2', 'without a log-in the appointments lead to the log-in', async (on) => {
    await conversation(on);
    const page = await on.browser().get(`${on.app}/appointments`, { follow: false });
    expectThat(page.status >= 300 && page.status < 400, () => ({
      id: 'appointments-public',
      expected: 'GET /appointments without a session redirects to the log-in',
      seen: `it answered ${page.status}`,
      cause:
        page.status === 404
          ? 'the app has no route /appointments yet'
          : page.status >= 500
            ? 'the route reads the access token without asking whether there is one'
            : 'the route does not ask whether somebody is logged in',
      next: 'use the same guard as for /profile',
    }));
  });

  check('3.refused-token', '3.3', 'a token that the API refuses leads to the log-in', async (on) => {
    const browser = await bobLoggedIn(on);
    const { page, asked } = await withFault(
      on,
      { status: 401, headers: { 'WWW-Authenticate': 'Bearer realm="appointments", error="invalid_token"' } },
      () => browser.get(`${on.app}/appointments`, { follow: false }),
    );
    expectThat(asked, () => notAsked(page.status));
    const location = page.headers.location ?? '';
    expectThat(page.status >= 300 && page.status < 400 && /login|authorize/.test(location), () => ({
      id: '401-not-handled',
      expected: 'the API’s 401 leads to a redirect to the log-in',
      seen: `the API answered 401, and GET /appointments answered ${page.status}${location ? ` to ${location}` : ''}`,
      cause: '401 means that the token is missing, expired or ended: a new log-in brings a new one',
      next: 'on 401 send the user to /login, and back to this page',
    }));
  });

  check(
    '3.missing-scope',
    '3.3',
    'a missing scope is named, and is no reason to log in again',
    async (on) => {
      const browser = await bobLoggedIn(on);
      const challenge = 'Bearer realm="appointments", error="insufficient_scope", scope="read:appointments"';
      const { page, asked } = await withFault(
        on,
        { status: 403, headers: { 'WWW-Authenticate': challenge } },
        () => browser.get(`${on.app}/appointments`, { follow: false }),
      );
      expectThat(asked, () => notAsked(page.status));
      expectThat(page.status === 403 && page.body.includes('read:appointments'), () => ({
        id: page.status >= 300 && page.status < 400 ? '403-like-401' : '403-not-handled',
        expected: 'a page with status 403 that names the scope read:appointments',
        seen: `the API answered 403 insufficient_scope, and GET /appointments answered ${page.status}${page.headers.location ? ` to ${page.headers.location}` : ''}`,
        cause:
          page.status >= 300 && page.status < 400
            ? '403 is treated like 401: the log-in brings the same scopes again, without end'
            : 'the API’s 403 is not looked at: scope="…" in WWW-Authenticate says what is missing',
        next: 'on 403 show which scope is missing, and offer to ask for it',
      }));
    },
  );

  check('3.api-down', '3.3', 'an API that is down or fails gives a page, not a crash', async (on) => {
    const browser = await bobLoggedIn(on);
    for (const fault of [
      'reset',
      { status: 500, body: '<h1>Internal error</h1>', headers: { 'content-type': 'text/html' } },
    ] as const) {
      const { page, asked } = await withFault(on, fault, () =>
        browser.get(`${on.app}/appointments`, { follow: false }),
      );
      expectThat(asked, () => notAsked(page.status));
      const what = fault === 'reset' ? 'the API ended the connection' : 'the API answered 500 with HTML';
      expectThat(page.status >= 500 && !/\n?\s+at \S+ \(|&nbsp; &nbsp;at /.test(page.body), () => ({
        id: 'api-down-not-handled',
        expected: 'a page of the app with 502 or 503, without a stack trace',
        seen: `${what}, and GET /appointments answered ${page.status}: ${text(page).slice(0, 100)}`,
        cause: 'the call’s failure is not caught, or an error page is shown as if it were a list',
        next: 'catch what fetch throws, look at response.ok, and show a page of your own',
      }));
    }
    expectThat(await stillThere(on, browser), () => ({
      id: 'api-down-logs-out',
      expected: 'the user stays logged in',
      seen: 'after the API failed the user is logged out',
      cause: 'the session is ended for the API’s fault',
      next: 'leave the session alone; only a 401 asks for a log-in',
    }));
  });

  check('3.api-slow', '3.3', 'an API that never answers gives a page within five seconds', async (on) => {
    const browser = await bobLoggedIn(on);
    const started = Date.now();
    const { page, asked } = await withFault(on, 'hang', () =>
      Promise.race([
        browser.get(`${on.app}/appointments`, { follow: false, patience: 7000 }),
        new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 6000).unref()),
      ]),
    );
    expectThat(asked, () => notAsked(page?.status ?? 0));
    expectThat(page !== undefined && page.status >= 500, () => ({
      id: 'api-slow-not-handled',
      expected: 'within five seconds a page with 502, 503 or 504',
      seen:
        page === undefined
          ? `no answer after ${((Date.now() - started) / 1000).toFixed(1)} s`
          : `GET /appointments answered ${page.status}`,
      cause: 'the call to the API has no timeout: the page hangs as long as the API does',
      next: 'give fetch a signal: AbortSignal.timeout(4000)',
    }));
  });
});

const stillThere = async (on: Bench, browser: ReturnType<Bench['browser']>) => {
  const page = await browser.get(`${on.app}/profile`, { follow: false });
  return page.body.includes(BOB.email) || (await isLoggedIn(on, browser));
};

/** Lets the API fail for one look, and tells whether it was asked at all. */
async function withFault<T>(
  on: Bench,
  fault: ReturnType<Bench['apiWeather']['decide']>,
  work: () => Promise<T>,
): Promise<{ page: T; asked: boolean }> {
  let asked = false;
  on.apiWeather.decide = () => {
    asked = true;
    return fault;
  };
  try {
    return { page: await work(), asked };
  } finally {
    on.apiWeather.clear();
  }
}

const notAsked = (status: number) => ({
  id: 'api-not-called',
  expected: 'GET /appointments calls the API',
  seen: `GET /appointments answered ${status}, and the API got no request`,
  cause: 'the page does not call the API yet',
  next: 'do task 3.2 first',
});
