import {
  ANN,
  authorizeUrl,
  BOB,
  check,
  expectThat,
  isLoggedIn,
  loggedIn,
  maskUrl,
  type TestEnvironment,
  unfinished,
} from '../../../shared/checks';
import { callbackOf } from './callback';
import {
  answerOf,
  incomplete,
  missingIn,
  needsProfile,
  profile,
  sharedUser,
  sharedWithStranger,
  strangersProfile,
} from './profile';
import { userCookie } from './user-cookie';

/** In which part of an answer, or of the request for it, a token stands. */
function whereIs(
  token: string,
  message: TestEnvironment['recorder']['messages'][number],
): string | undefined {
  const { 'set-cookie': cookies, ...headers } = message.responseHeaders;
  if (message.url.href.includes(token) || JSON.stringify(headers).includes(token)) return 'an address';
  if (JSON.stringify(cookies ?? []).includes(token)) return 'a cookie';
  return message.responseBody.includes(token) ? 'a page' : undefined;
}

/** The parameter of /login that holds the page to return to: the one that the app itself uses. */
async function returnParameter(on: TestEnvironment): Promise<string> {
  const { headers, url } = await on.browser().get(`${on.app}/profile`, { follow: false });
  const login = new URL(headers.location ?? '/', url);
  return [...login.searchParams].find(([, value]) => value === '/profile')?.[0] ?? 'returnTo';
}

/** Addresses of another site, in spellings that look like a path or like the app, and what is wrong where one is followed. */
function elsewhere(app: string): { spelling: string; cause: string; next: string }[] {
  const followed = {
    cause:
      'the app follows any returnTo, and browsers read //, /\\ and https: as another site (open redirect)',
    next: 'allow only paths that begin with one slash; resolve what you are about to send against BASE_URL, and compare its origin with the app’s own',
  };
  const prefix = {
    cause:
      'returnTo is only compared with the first letters of BASE_URL, and the name of the site can continue after them (open redirect)',
    next: 'parse the address and compare its origin, not its first letters',
  };
  const normalized = {
    cause:
      'the app compares one address and sends another: parsing removes the dot segments from the path, and the // that remains leads to another site (open redirect)',
    next: 'compare the address that you send: resolve the final path against BASE_URL, or refuse it if it begins with //',
  };
  const spell = (advice: { cause: string; next: string }, ...spellings: string[]) =>
    spellings.map((spelling) => ({ spelling, ...advice }));
  return [
    ...spell(followed, 'https://evil.example/', '//evil.example', 'https:evil.example', '/\\evil.example'),
    ...spell(followed, '\\\\evil.example', '/\t/evil.example', ' //evil.example'),
    ...spell(prefix, `${app}@evil.example/`),
    ...spell(normalized, '/.//evil.example', '/..//evil.example', '/a/..//evil.example'),
    ...spell(normalized, '/%2e//evil.example', '/a/.%2E/\\evil.example', '/.\t//evil.example'),
  ];
}

describe('02 Get an access token: the way back', () => {
  check('2.code-redeemed', '2.3', 'the app exchanges the code for tokens', async (on) => {
    await loggedIn(on);
  });

  check('2.profile', '2.5', 'the profile shows the user’s name and e-mail address', async (on) => {
    const page = await profile(on);
    expectThat(page.status === 200 && missingIn(page).length === 0, () => incomplete(page));
  });

  check('2.profile-private', '2.5', 'without a login the profile leads to the login', async (on) => {
    const page = await on.browser().get(`${on.app}/profile`, { follow: false });
    const shown = [ANN, BOB].find(({ email }) => page.body.includes(email));
    expectThat(shown === undefined, () => ({
      ...sharedUser(shown?.name ?? '', 'a browser that never logged in'),
      of: page,
    }));
    expectThat(page.status >= 300 && page.status < 400, () => ({
      id: 'profile-public',
      expected: 'GET /profile without a session redirects to the login',
      of: page,
      seen: `it answered ${answerOf(page)}`,
      cause:
        page.status >= 500
          ? 'the page reads the user without asking whether there is one'
          : 'the route does not ask whether somebody is logged in',
      next: 'send a browser without a session to /login',
    }));
  });

  check(
    '2.state-compared',
    '2.2',
    'a callback that this browser did not begin logs nobody in',
    async (on) => {
      // The attacker's login, stopped before the callback: its address is pushed onto the victim.
      const attacker = on.browser();
      const foreign = await callbackOf(on, attacker, BOB);
      const fresh = on.browser();
      await fresh.get(foreign);
      expectThat(!(await isLoggedInAs(on, fresh, BOB.email)), () => ({
        id: 'state-not-compared',
        expected: 'a callback whose state belongs to no login of this browser is refused',
        of: foreign,
        seen: `GET ${maskUrl(foreign)} in another browser logged it in as ${BOB.email}`,
        cause:
          'the state is not stored in the session, or not compared: an attacker can log a user in to the attacker’s account (login CSRF)',
        next: 'keep the state in the session at /login, and compare it at /callback',
      }));
      const redeemed = tokenRequestWith(on, foreign);
      expectThat(redeemed === undefined, () => ({
        id: 'state-compared-late',
        expected:
          'a callback whose state belongs to no login of this browser is refused before its code is sent',
        of: [redeemed, foreign],
        seen: `GET ${maskUrl(foreign)} in another browser logged nobody in, and the app sent its code to /oauth/token`,
        cause:
          'the app exchanges the code first and compares the state afterwards: the code of a foreign login is used up',
        next: 'compare the state first; exchange the code only if it fits',
      }));
      await refusesWithoutState(on, foreign);
      await refusesNothing(on, attacker);
      const victim = on.browser();
      const own = await authorizeUrl(on, victim);
      const mixed = await foreignCallback(on, attacker);
      mixed.searchParams.set('state', own.searchParams.get('state') ?? '');
      await victim.get(mixed);
      expectThat(!(await isLoggedInAs(on, victim, BOB.email)), () => ({
        id: 'code-injected',
        expected: 'a code of another login is refused even when the state fits',
        of: mixed,
        seen: `a code of ${BOB.email} with the victim’s state logged the victim in as ${BOB.email}`,
        cause: 'neither the nonce nor the code_verifier belongs to this browser’s session',
        next: 'keep nonce and code_verifier in the session and hand both to the exchange',
      }));
    },
  );

  check('2.two-browsers', '2.2', 'two people can log in at the same time', async (on) => {
    // Where nobody can log in at all, that is what there is to report.
    await needsProfile(on);
    const [ann, bob] = [on.browser(), on.browser()];
    const annsCallback = await callbackOf(on, ann, ANN);
    const bobsCallback = await callbackOf(on, bob, BOB);
    await ann.get(annsCallback);
    await bob.get(bobsCallback);
    const [a, b] = [await isLoggedInAs(on, ann, ANN.email), await isLoggedInAs(on, bob, BOB.email)];
    const mistaken = !a && (await isLoggedInAs(on, ann, BOB.email));
    expectThat(!mistaken, () => ({
      ...sharedUser(BOB.name, `the browser in which ${ANN.name} logged in`),
      of: [annsCallback, bobsCallback],
    }));
    const bobAlone = b || (await logsInAlone(on, BOB));
    expectThat(bobAlone, () => ({
      id: 'user-refused',
      expected: `${BOB.name} can log in, as ${ANN.name} can`,
      of: bobsCallback,
      seen: `${ANN.name} is logged in; ${BOB.name} is not, even when nobody else logs in`,
      cause:
        'the app refuses a login that the tenant allowed: it requires something that not every user has, such as a role, all scopes, an attribute, or a certain address',
      next: 'accept each login that the tenant allows; refuse single pages or calls instead',
    }));
    expectThat(a && b, () => ({
      id: 'shared-transaction',
      expected: 'both are logged in, each as themselves',
      of: [annsCallback, bobsCallback],
      seen: `Ann ${a ? 'is' : 'is not'} logged in, Bob ${b ? 'is' : 'is not'}`,
      cause:
        'state, nonce or code_verifier are stored in one place for all browsers: the second login overwrites the first',
      next: 'keep them in the session (task 2.1), and take them out of it (task 2.3)',
    }));
    const cookie = await userCookie(on, bob);
    expectThat(cookie === undefined, () => ({
      id: 'user-from-cookie',
      expected: 'the cookie of a session is a random value that nobody can guess',
      of: { method: 'GET', path: '/profile' },
      seen: `${BOB.name} changed the cookie ${cookie}, and /profile showed ${ANN.name}`,
      cause:
        'the cookie itself says who the user is, by a name, an e-mail address or sub. Users can write any value into a cookie, so everybody can be anyone',
      next: 'give the browser a random session identifier, or sign the cookie, and keep the user on the server',
    }));
  });

  check('2.error-handled', '2.2', 'a user who declines gets a page, not a crash', async (on) => {
    const browser = on.browser();
    const state = (await authorizeUrl(on, browser)).searchParams.get('state') ?? '';
    const query = new URLSearchParams({
      error: 'access_denied',
      error_description: 'User did not authorize the request',
      state,
      iss: on.tenant.issuer,
    });
    const page = await browser.get(`${on.app}/callback?${query}`).catch((error: Error) => {
      if (!('hops' in error)) throw error;
      return error.message;
    });
    const atTenant = typeof page !== 'string' && page.url.origin === new URL(on.tenant.issuer).origin;
    expectThat(typeof page !== 'string' && !atTenant, () => ({
      id: 'error-loop',
      expected: 'a page that says that the login did not happen',
      of: page,
      seen:
        typeof page === 'string'
          ? page.slice(0, 200)
          : 'GET /callback?error=access_denied led to the tenant’s login page',
      cause:
        'the callback answers error= with a new login: the tenant asks a user who declines again and again',
      next: 'show a page, with a link to try again',
    }));
    expectThat(
      page.url.origin === new URL(on.app).origin && page.status < 500 && !/\n\s+at /.test(page.body),
      () => ({
        id: 'error-not-handled',
        expected: 'a page of the app, below 500, that says that the login did not happen',
        of: page,
        seen: `GET /callback?error=access_denied ended at ${page.url.pathname} with ${answerOf(page)}`,
        next: 'handle error=, or leave it to openid-client, which throws, and make a page of the error (RFC 6749, section 4.1.2.1)',
        ...(unfinished(page)
          ? { cause: 'the task is not done yet', waitsFor: '2.code-redeemed', ...unfinished(page) }
          : { cause: 'the callback expects a code and does not look for error=' }),
      }),
    );
  });

  check('2.error-escaped', '2.2', 'an error text from the address is shown as text', async (on) => {
    const browser = on.browser();
    const state = (await authorizeUrl(on, browser)).searchParams.get('state') ?? '';
    const evil = '<script>alert(1)</script><img src=x>';
    const query = new URLSearchParams({
      error: 'access_denied',
      error_description: evil,
      state,
      iss: on.tenant.issuer,
    });
    const page = await browser.get(`${on.app}/callback?${query}`, { follow: false });
    expectThat(!/<script>alert\(1\)|<img src=x>/.test(page.body), () => ({
      id: 'error-not-escaped',
      expected: 'error_description is escaped, or not shown',
      of: page,
      seen: 'GET /callback?error_description=<script>… came back as HTML',
      cause:
        'text from the address is put into the page as it is: anyone can run a script in the app’s name (XSS)',
      next: 'let the view escape it: in pug = or #{}, never != or !{}',
    }));
  });

  check('2.session-renewed', '2.4', 'a login begins a new session', async (on) => {
    await loggedIn(on);
    const browser = on.browser();
    const callback = await callbackOf(on, browser);
    const planted = await browser.cookies(on.app);
    await browser.get(callback);
    const attacker = await on
      .browser()
      .get(`${on.app}/profile`, { follow: false, headers: { cookie: planted } });
    const stranger = await strangersProfile(on);
    expectThat(!stranger.body.includes(ANN.email), () => sharedWithStranger(stranger));
    expectThat(planted === '' || !attacker.body.includes(ANN.email), () => ({
      id: 'session-fixation',
      expected: 'the cookie from before the login is invalid after it',
      of: attacker,
      seen: 'GET /profile with the cookie from before the login shows the user',
      cause:
        'the session keeps its identifier through the login: an attacker who planted it shares the session (session fixation)',
      next: 'regenerate the session before the user is put into it',
    }));
  });

  check('2.return-to', '2.1', 'after the login nobody is led to another site', async (on) => {
    const browser = on.browser();
    const tenant = new URL(on.tenant.issuer).origin;
    await authorizeUrl(on, browser);
    const name = await returnParameter(on);
    for (const { spelling, cause, next } of elsewhere(on.app)) {
      let page = await browser.get(`${on.app}/login?${new URLSearchParams({ [name]: spelling })}`, {
        within: on.app,
      });
      for (let i = 0; i < 8; i++) {
        // As a browser reads it, which resolves the address against the one where it is.
        const { location } = page.headers;
        if (location === undefined || !URL.canParse(location, page.url.href)) break;
        const to = new URL(location, page.url);
        expectThat([on.app, tenant].includes(to.origin), () => ({
          id: 'open-redirect',
          expected: 'a path of the app itself',
          of: page,
          seen: `GET /login?${name}=${JSON.stringify(spelling)} leads to ${to.href} after the login`,
          cause,
          next,
        }));
        page = await browser.get(to, { within: to.origin });
        // The first round logs in; the tenant knows the browser in the others.
        if (page.url.origin === tenant && page.headers.location === undefined) {
          page = await browser.logIn(page, on.user, 'accept', tenant);
        }
      }
    }
  });

  check('2.tokens-stay', '2.4', 'no token ever reaches the browser', async (on) => {
    const { tokens, browser } = await loggedIn(on);
    await browser.get(`${on.app}/profile`);
    for (const name of ['access_token', 'id_token', 'refresh_token']) {
      const token = tokens[name];
      if (!token) continue;
      const leak = on.recorder.messages.find(
        (m) => m.from === 'browser' && m.to === 'app' && whereIs(token, m) !== undefined,
      );
      const place = leak && whereIs(token, leak);
      expectThat(leak === undefined, () => ({
        id: 'token-in-browser',
        expected: 'tokens remain on the server',
        of: leak,
        seen: `the ${name} is in the answer to ${leak?.method} ${leak ? leak.url.pathname : ''}`,
        cause: `${place} carries it: scripts, extensions and histories can read it there`,
        next: 'keep tokens in the server’s session, and give the browser an identifier only',
      }));
    }
  });

  check('2.code-once', '2.2', 'a callback that is loaded again does no harm', async (on) => {
    await needsProfile(on);
    const browser = on.browser();
    const callback = await callbackOf(on, browser);
    await browser.get(callback);
    const requests = () => on.recorder.between('app', 'tenant', '/oauth/token').length;
    const before = requests();
    const again = await browser.get(callback);
    const replayed = requests() > before;
    expectThat(again.status < 500, () => ({
      id: 'callback-reload',
      expected: 'the user’s page, or a page that says that this login is over',
      of: again,
      seen: `GET /callback a second time answered ${answerOf(again)}`,
      cause: replayed
        ? 'the code was redeemed already (invalid_grant), and the error is not handled'
        : 'the first callback removed the login from the session, and the app does not handle a second callback',
      next: 'take state, nonce and verifier out of the session at the first callback; if they are missing, show a page or continue',
    }));
    expectThat(await isLoggedIn(on, browser), () => ({
      id: 'callback-reload-logs-out',
      expected: 'the user remains logged in',
      of: again,
      seen: 'after the callback was loaded again the user is logged out',
      cause: replayed
        ? 'the app sent the code to the tenant twice: the tenant ends its tokens, and the failed exchange ends the session'
        : 'the callback finds nothing for its state any more, and ends the session of a user who is logged in',
      next: 'do not send a code twice, and do not change the session of a user who is logged in',
    }));
  });
});

/** The request that took the code of a callback to the tenant. */
const tokenRequestWith = (on: TestEnvironment, callback: URL) =>
  on.recorder
    .between('app', 'tenant', '/oauth/token')
    .find(({ requestBody }) => requestBody.includes(callback.searchParams.get('code') ?? ''));

/** The callback of another login of somebody whom the tenant knows. */
async function foreignCallback(on: TestEnvironment, attacker: Browser, without: string[] = []): Promise<URL> {
  const authorize = await authorizeUrl(on, attacker);
  for (const name of without) authorize.searchParams.delete(name);
  const page = await attacker.get(authorize, { within: new URL(on.tenant.issuer).origin });
  return new URL(page.headers.location ?? '', page.url);
}

/** A browser that has begun a login of its own gets a foreign callback without state. */
async function refusesWithoutState(on: TestEnvironment, foreign: URL): Promise<void> {
  const victim = on.browser();
  await authorizeUrl(on, victim);
  const bare = new URL(foreign);
  bare.searchParams.delete('state');
  await victim.get(bare);
  const loggedIn = await isLoggedInAs(on, victim, BOB.email);
  const redeemed = tokenRequestWith(on, bare);
  expectThat(!loggedIn && redeemed === undefined, () => ({
    id: 'state-may-be-missing',
    expected: 'a callback without state is refused before its code is sent',
    of: [bare, redeemed],
    seen: `GET ${maskUrl(bare)} ${loggedIn ? `logged the browser in as ${BOB.email}` : 'logged nobody in, and the app sent its code to /oauth/token'}`,
    cause: 'the state is compared only if there is one: an address without it skips the comparison',
    next: 'refuse a callback without state',
  }));
}

/** A browser that has begun no login gets the callback of an authorization request that had no state, nonce or code_challenge. */
async function refusesNothing(on: TestEnvironment, attacker: Browser): Promise<void> {
  const bare = await foreignCallback(on, attacker, [
    'state',
    'nonce',
    'code_challenge',
    'code_challenge_method',
  ]);
  const stranger = on.browser();
  await stranger.get(bare);
  expectThat(!(await isLoggedInAs(on, stranger, BOB.email)), () => ({
    id: 'nothing-equals-nothing',
    expected: 'a browser that has begun no login is not logged in by a callback',
    of: bare,
    seen: `GET ${maskUrl(bare)}, without state, in a browser that has begun no login logged it in as ${BOB.email}`,
    cause:
      'the session has no state, the address has none either, and undefined === undefined: the comparison succeeds (login CSRF)',
    next: 'refuse a callback when the session has no pending login for its state',
  }));
}

type Browser = ReturnType<TestEnvironment['browser']>;

/** Whether somebody can log in while nobody else does. */
async function logsInAlone(on: TestEnvironment, user: typeof BOB): Promise<boolean> {
  const browser = on.browser();
  await browser.get(await callbackOf(on, browser, user));
  return isLoggedInAs(on, browser, user.email);
}

async function isLoggedInAs(on: TestEnvironment, browser: Browser, email: string): Promise<boolean> {
  const page = await browser.get(`${on.app}/profile`, { follow: false });
  return page.status === 200 && page.body.includes(email);
}
