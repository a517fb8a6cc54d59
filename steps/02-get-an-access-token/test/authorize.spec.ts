import {
  AUDIENCE,
  authorizeUrl,
  check,
  expectThat,
  type Found,
  isLoggedIn,
  maskUrl,
  NotApplicable,
  type Page,
  sampleLogin,
  type TestEnvironment,
} from '../../../shared/checks';

/** What /login sends the browser with, of two logins: what must be fresh differs between them. */
const twoLogIns = (on: TestEnvironment) =>
  on.once(
    'two logins',
    async () => [await authorizeUrl(on, on.browser()), await authorizeUrl(on, on.browser())] as const,
  );

/** Whether a state is no random word but something that the app wants to remember: JSON in base64url. */
function carriesData(state: string): boolean {
  try {
    return typeof JSON.parse(Buffer.from(state, 'base64url').toString()) === 'object';
  } catch {
    return false;
  }
}

function whyWrong(name: string, sent: string | null, wanted: string): string {
  if (sent === null) return `the app does not send ${name}`;
  if (name === 'response_type')
    return `with response_type=${sent} tokens come in the address, through the browser (the implicit flow); the code flow has response_type=code`;
  if (name === 'client_id') return 'the setting CLIENT_ID is not used, or .env has another one';
  if (sent.replace('//127.0.0.1', '//localhost') === wanted)
    return '127.0.0.1 is sent where the tenant knows localhost: callbacks are compared letter by letter';
  if (sent.replace(/\/$/, '') === wanted)
    return 'a final slash makes it another URL: callbacks are compared letter by letter';
  return 'the callback’s address is put together differently: it is BASE_URL followed by /callback';
}

function whyWrongAudience(on: TestEnvironment, sent: string): string {
  if (sent.startsWith(on.api.origin))
    return 'it is the address where the API listens. The audience is the API’s identifier, which is only a name';
  if (sent === on.settings().CLIENT_ID)
    return 'it is the application’s client_id, which is the audience of the ID token; the access token is for the API';
  if (sent.replace(/\/$/, '') === AUDIENCE)
    return 'another final slash: it must be the API’s identifier letter by letter';
  return 'another identifier: it must be the API’s letter by letter';
}

async function freshParameter(on: TestEnvironment, name: string, least: number, why: string): Promise<void> {
  const [first, second] = await twoLogIns(on);
  const value = first.searchParams.get(name) ?? '';
  expectThat(value !== '', () => ({
    id: `no-${name}`,
    expected: `/authorize is sent ${name}`,
    of: first,
    seen: `GET ${maskUrl(first)}: no ${name}`,
    cause: `the app does not send ${name}: ${why}`,
    next: `make a new ${name} for each login, keep it in the session, and send it`,
  }));
  expectThat(value !== second.searchParams.get(name), () => ({
    id: `${name}-reused`,
    expected: `a new ${name} for each login`,
    of: [first, second],
    seen: `two browsers received the same ${name}`,
    cause: `${name} is made once for the whole process, or stored in a module’s variable: then two logins at the same time break each other, and ${why}`,
    next: `make ${name} inside the route, and keep it in the session`,
  }));
  expectThat(value.length >= least, () => ({
    id: `${name}-guessable`,
    expected: `a ${name} that nobody can guess, of at least ${least} characters`,
    of: first,
    seen: `${name} has ${value.length} characters`,
    cause: `a short ${name} can be guessed, and then ${why}`,
    next: 'use openid-client’s random functions',
  }));
}

/** Does some work while the tenant's discovery document names another issuer. */
function withForgedDocument<T>(on: TestEnvironment, work: () => Promise<T>): Promise<T> {
  on.tenantFaults.decide = ({ url }) =>
    url?.startsWith(DISCOVERY)
      ? { forge: { metadata: { issuer: 'https://another-tenant.example/' } } }
      : undefined;
  return work().finally(() => on.tenantFaults.clear());
}

/** The answer of /login to an app's first visitor; undefined when the app has ended instead. */
const answerOrEnd = (on: TestEnvironment, browser: ReturnType<TestEnvironment['browser']>) =>
  browser.get(`${on.app}/login`, { follow: false }).catch((error: unknown) => {
    if (on.trouble) return undefined;
    throw error;
  });

/** Whether the login that began so, with the forged document, logs the user in; if so, what shows it. */
async function loggedInAfter(
  on: TestEnvironment,
  browser: ReturnType<TestEnvironment['browser']>,
  first: Page,
): Promise<Found['of'] | undefined> {
  const read = on.recorder.between('app', 'tenant', DISCOVERY).at(-1);
  const { location } = first.headers;
  // An app that knows the endpoints by itself reads no document: there is nothing to compare.
  if (read === undefined || location === undefined) return undefined;
  await browser.logIn(await browser.get(new URL(location, first.url)), on.user);
  return (await isLoggedIn(on, browser)) ? [read, first] : undefined;
}

/** Gives the forged document to the app that runs, which has not read one yet. It is the first check, since an app reads it once. */
async function readsForged(on: TestEnvironment): Promise<Found['of'] | undefined> {
  const browser = on.browser();
  const first = await withForgedDocument(on, () => browser.get(`${on.app}/login`, { follow: false }));
  const evidence = await loggedInAfter(on, browser, first);
  // This one keeps the forged document, and the other checks need an app that has read the right one.
  if (evidence) await on.openApp();
  return evidence;
}

/** Gives the forged document to another process of an app that reads it when it starts. Not to start is as right as a page. */
const startsWithForged = (on: TestEnvironment) =>
  on.withAnotherApp(async () => {
    if (on.trouble) return undefined;
    const browser = on.browser();
    const first = await answerOrEnd(on, browser);
    on.tenantFaults.clear();
    return first && loggedInAfter(on, browser, first);
  });

const DISCOVERY = '/.well-known/openid-configuration';

describe('02 Get an access token: the way to the tenant', () => {
  check(
    '2.discovery',
    '2.1',
    'a discovery document of another tenant is refused',
    async (on) => {
      if (!on.startedApp)
        throw new NotApplicable(
          'an app that runs already has read the discovery document: without APP_URL the check starts the app itself',
        );
      const { recorder } = on;
      const asked = recorder.between('browser', 'app').length + recorder.between('app', 'tenant').length;
      if (asked > 0 && !on.startsAgain)
        throw new NotApplicable(
          'the app reads the discovery document when it starts: npm run check starts it once more for that',
        );
      const evidence =
        asked > 0 ? await withForgedDocument(on, () => startsWithForged(on)) : await readsForged(on);
      expectThat(evidence === undefined, () => ({
        id: 'discovery-not-verified',
        expected: 'a discovery document whose issuer is another tenant is refused: nobody is logged in',
        of: evidence,
        seen: `the tenant’s discovery document had the issuer https://another-tenant.example/, and /profile shows ${on.user.email}`,
        cause:
          'the app trusts any document: an attacker who answers in the tenant’s place can name other endpoints and keys',
        next: 'compare issuer with ISSUER_BASE_URL (OpenID Connect Discovery 1.0, section 4.3); client.discovery does that',
      }));
      // The login works once the document is right.
      await authorizeUrl(on, on.browser());
    },
    { needsFreshApp: true },
  );

  check(
    '2.login-redirects',
    '2.1',
    '/login sends the browser to the tenant with an authorization request',
    async (on) => {
      const url = await authorizeUrl(on, on.browser());
      const wanted = {
        client_id: on.settings().CLIENT_ID ?? '',
        response_type: 'code',
        redirect_uri: `${on.app}/callback`,
      };
      expectThat(url.href.startsWith(`${on.tenant.issuer}authorize?`), () => ({
        id: 'not-to-authorize',
        expected: `a redirect to ${on.tenant.issuer}authorize`,
        of: url,
        seen: `a redirect to ${maskUrl(url)}`,
        cause: 'the address is not the authorization_endpoint of the tenant’s metadata',
        next: 'take the endpoint from discovery instead of writing it by hand',
      }));
      for (const [name, value] of Object.entries(wanted)) {
        const sent = url.searchParams.get(name);
        expectThat(sent === value, () => ({
          id: `wrong-${name}`,
          expected: `${name}=${value}`,
          of: url,
          seen: sent === null ? `no ${name}` : `${name}=${sent}`,
          cause: whyWrong(name, sent, value),
          next: `send ${name}=${value}`,
        }));
      }
    },
  );

  check('2.openid-scope', '2.1', 'the app asks who the user is: openid, profile, email', async (on) => {
    const url = await authorizeUrl(on, on.browser());
    const asked = (url.searchParams.get('scope') ?? '').split(' ');
    const missing = ['openid', 'profile', 'email'].filter((scope) => !asked.includes(scope));
    expectThat(missing.length === 0, () => ({
      id: 'no-openid-scope',
      expected: 'scope=openid profile email',
      of: url,
      seen: `scope=${asked.join(' ')}`,
      cause: `without ${missing.join(', ')} the tenant ${missing.includes('openid') ? 'issues no ID token, and no code if no scope is left that it knows' : 'leaves out those claims'}`,
      next: 'add what is missing to scope',
    }));
  });

  check('2.audience', '2.1', 'the app asks for a token for the API', async (on) => {
    const url = await authorizeUrl(on, on.browser());
    const sent = url.searchParams.get('audience') ?? url.searchParams.get('resource');
    expectThat(sent === AUDIENCE, () => ({
      id: sent === null ? 'no-audience' : 'wrong-audience',
      expected: `audience=${AUDIENCE}`,
      of: url,
      seen: sent === null ? `GET ${maskUrl(url)}: no audience` : `audience=${sent}`,
      cause:
        sent === null
          ? 'without an audience the access token is opaque: good for the tenant’s /userinfo, and no API can read it'
          : whyWrongAudience(on, sent),
      next: 'send the setting AUDIENCE as audience',
    }));
  });

  check('2.state', '2.1', 'each login has a state of its own', async (on) => {
    const [first, second] = await twoLogIns(on);
    const isFresh = (name: string) =>
      first.searchParams.has(name) && first.searchParams.get(name) !== second.searchParams.get(name);
    const state = first.searchParams.get('state') ?? '';
    // Such a state may be the same for all where nonce and PKCE protect the callback (RFC 9700, section 2.1.1).
    if (carriesData(state) && isFresh('nonce') && isFresh('code_challenge')) return;
    await freshParameter(
      on,
      'state',
      8,
      'an attacker can log the user in to the attacker’s account (login CSRF)',
    );
  });

  check('2.nonce', '2.1', 'each login has a nonce of its own', (on) =>
    freshParameter(on, 'nonce', 8, 'an attacker can put the ID token of another login in its place'),
  );

  check('2.pkce', '2.1', 'each login is protected by PKCE with S256', async (on) => {
    await freshParameter(
      on,
      'code_challenge',
      43,
      'a caught code can be put into a login of the attacker’s own (code injection)',
    );
    const [url] = await twoLogIns(on);
    const method = url.searchParams.get('code_challenge_method');
    expectThat(method === 'S256', () => ({
      id: 'pkce-plain',
      expected: 'code_challenge_method=S256',
      of: url,
      seen:
        method === null ? 'no code_challenge_method, which means plain' : `code_challenge_method=${method}`,
      cause: 'with plain the challenge is the verifier itself, readable in the address',
      next: 'send the SHA-256 of the verifier, and code_challenge_method=S256',
    }));
  });

  check('2.secrets-stay', '2.1', 'nothing secret travels in the address', async (on) => {
    const { authorize } = await sampleLogin(on);
    const leaked = ['client_secret', 'code_verifier'].filter((name) => authorize.searchParams.has(name));
    expectThat(leaked.length === 0, () => ({
      id: 'secret-in-url',
      expected: 'neither client_secret nor code_verifier in the address',
      of: authorize,
      seen: `/authorize was sent ${leaked.join(' and ')}`,
      cause: 'the browser, its history and logs can read an address',
      next: 'send it to /oauth/token only, from the server',
    }));
  });
});
