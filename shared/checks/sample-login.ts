import { type Browser, type Page, text } from '../browser';
import { membersOf } from '../lib/json';
import { type Message, maskBody, maskUrl } from '../recorder';
import { Diagnosis, expectThat, type Found } from './diagnosis';
import { tenantNotAsked, whyNotAccepted, whyNotRedeemed } from './login-causes';
import type { TestEnvironment } from './test-environment';
import type { SampleLogin } from './types';

/** The address at the tenant to which the app's /login redirects. */
export async function authorizeUrl(on: TestEnvironment, browser: Browser): Promise<URL> {
  const page = await browser.get(`${on.app}/login`, { follow: false });
  const { location } = page.headers;
  const url = location === undefined ? undefined : new URL(location, page.url);
  const redirects = url !== undefined && page.status >= 300 && page.status < 400;
  expectThat(redirects || !tenantNotAsked(on), () => ({
    id: 'tenant-not-asked',
    expected: `GET /login asks ${on.tenant.issuer}.well-known/openid-configuration, and redirects`,
    of: page,
    seen: `GET /login answered ${page.status}, and the app asked the tenant nothing`,
    cause: 'the app asks another address than the tenant’s: ISSUER_BASE_URL is another one, or is not used',
    next: `set ISSUER_BASE_URL=${on.tenant.issuer} in .env, and read it in the app`,
  }));
  expectThat(redirects, () => ({
    id: 'login-no-redirect',
    expected: `GET /login answers with a redirect to ${on.tenant.issuer}authorize`,
    of: page,
    seen: `GET /login answered ${page.status}${location ? ` to ${location}` : ' without Location'}`,
    cause:
      page.status === 404
        ? 'the app has no route /login yet'
        : page.status === 501
          ? 'the task is not done yet'
          : `not known; the page says: ${text(page).slice(0, 120)}`,
    next: 'build the route /login: it sends the browser to the tenant’s /authorize (task 2.1)',
    waitsFor: '2.login-redirects',
  }));
  const unset = unsetIn(url);
  if (unset) throw new Diagnosis({ ...unset, of: url });
  // A redirect to the app itself: follow it, so that a loop is reported as one.
  if (url.origin === new URL(on.app).origin) await browser.get(url, { within: url.origin });
  return url;
}

/** The finding for a parameter that has no value. */
function unsetIn(url: URL): Found | undefined {
  const values = [
    ...url.searchParams,
    ...url.pathname.split('/').map((part): [string, string] => ['the path', part]),
  ];
  const [name, value] = values.find(([, one]) => UNSET.test(one)) ?? [];
  if (name === undefined || value === undefined) return undefined;
  const isPromise = value.includes('Promise');
  return {
    id: isPromise ? 'promise-in-address' : 'undefined-in-address',
    expected: 'each parameter of the address has its value',
    seen: `GET /login redirects to ${maskUrl(url)}: ${name} is ${value}`,
    cause: isPromise
      ? `${name} is a promise and not yet its value: await is missing before the call that makes it`
      : `${name} is ${value}: the variable or setting has no value`,
    next: isPromise
      ? `write await before the call that makes ${name}`
      : `look at what /login puts into ${name}`,
    waitsFor: '2.login-redirects',
  };
}

const UNSET = /^(undefined|null|NaN|%5Bobject%20\w+%5D|\[object \w+\])$/;

/** Logs a user in without a parameter of the authorization request; returns the last page. */
export async function logInWithout(
  on: TestEnvironment,
  browser: Browser,
  parameter: string,
  user: { email: string; password: string },
): Promise<Page> {
  const authorize = await authorizeUrl(on, browser);
  authorize.searchParams.delete(parameter);
  return browser.logIn(await browser.get(authorize), user);
}

/** The login that most checks look at. */
export function sampleLogin(on: TestEnvironment): Promise<SampleLogin> {
  return on.once('sample login', async () => {
    const browser = on.browser();
    const authorize = await authorizeUrl(on, browser);
    // Another check may have sent a code before.
    const earlier = on.recorder.between('app', 'tenant', '/oauth/token').length;
    const page = await browser.logIn(await browser.get(authorize), on.user);
    const token = on.recorder
      .between('app', 'tenant', '/oauth/token')
      .slice(earlier)
      .find(({ requestBody }) => /authorization_code/.test(requestBody));
    return { browser, page, authorize, token, tokens: json(token?.responseBody) };
  });
}

/** The sample login. @throws Diagnosis unless it got its tokens. */
export async function loggedIn(on: TestEnvironment): Promise<SampleLogin & { token: Message }> {
  try {
    return await completeLogin(on);
  } catch (error) {
    if (!(error instanceof Diagnosis)) throw error;
    throw new Diagnosis({ waitsFor: '2.code-redeemed', ...error.finding, of: error.evidence });
  }
}

async function completeLogin(on: TestEnvironment): Promise<SampleLogin & { token: Message }> {
  const found = await sampleLogin(on);
  const { page, token } = found;
  const mode = found.authorize.searchParams.get('response_mode') ?? 'query';
  expectThat(token !== undefined || mode === 'query', () => ({
    id: 'response-mode',
    expected: 'the tenant sends the browser to the callback with the code in the address',
    of: [found.authorize, page],
    seen: `the app asks for response_mode=${mode}, and the login ended at ${maskUrl(page.url)} with ${page.status}`,
    cause:
      mode === 'form_post'
        ? 'with response_mode=form_post the code comes as a POST from the tenant’s site: the route /callback takes a GET, and a SameSite=Lax cookie does not come with such a POST'
        : `with response_mode=${mode} the code does not reach the server: it takes the code from the query of the address`,
    next: 'leave response_mode out: for the code flow it is query',
  }));
  const atTenant = page.url.origin === new URL(on.tenant.issuer).origin;
  expectThat(!atTenant, () => ({
    id: 'stuck-at-tenant',
    expected: 'the tenant sends the browser back to the app’s callback',
    of: [found.authorize, page],
    seen: `the login ended at ${maskUrl(page.url)} with ${page.status}; the tenant’s log: ${lastRefusal(on) ?? 'nothing was refused'}`,
    cause: /redirect_uri/.test(lastRefusal(on) ?? '')
      ? 'the redirect_uri that the app sends is not on the application’s list of callbacks: localhost and 127.0.0.1 are different, and so is a trailing slash'
      : 'the tenant did not accept the request to /authorize: its log says why',
    next: `compare what the app sends with what the tenant knows: ${maskUrl(found.authorize)}`,
  }));
  if (token === undefined) {
    throw new Diagnosis({
      expected: 'the app sends the code to the tenant’s /oauth/token',
      of: page,
      seen: `GET /callback answered ${page.status}, and the app’s server never asked /oauth/token`,
      next: 'build /callback: check the state, then exchange the code (tasks 2.2 and 2.3); npm start shows what the app writes',
      ...(await whyNotRedeemed(on, found)),
    });
  }
  expectThat(token.status === 200, () => ({
    id: `token-${json(token.responseBody).error ?? 'refused'}`,
    expected: 'POST /oauth/token answers 200 with tokens',
    of: token,
    seen: `POST /oauth/token ${maskBody(token.requestBody)} answered ${token.status}; the tenant’s log: ${lastRefusal(on) ?? maskBody(token.responseBody)}`,
    cause: causeOfRefusal(lastRefusal(on) ?? ''),
    next: 'fix what the tenant’s log names, and log in again',
  }));
  expectThat(!/^\/(undefined|null)$/.test(page.url.pathname), () => ({
    id: 'callback-leads-nowhere',
    expected: 'after the exchange the callback sends the browser to a page of the app',
    of: page,
    seen: `the tenant issued tokens, and GET /callback redirected to ${page.url.pathname}, which answered ${page.status}`,
    cause:
      'the exchange went well, and the callback redirects to a path that is not set: what finishes the login returns none',
    next: 'begin the user’s session, and return the path that they asked for (task 2.4)',
    task: '2.4',
  }));
  if (page.status >= 400) {
    throw new Diagnosis({
      ...(await whyNotAccepted(on)),
      expected: 'the app accepts the tokens and shows its page',
      of: [page, token],
      seen: `the tenant issued tokens, and GET ${page.url.pathname} answered ${page.status}`,
      next: 'log in by hand: npm start shows what the app writes, and openid-client names the claim that it did not accept',
    });
  }
  return found as SampleLogin & { token: Message };
}

function causeOfRefusal(reason: string): string {
  if (/secret|authentication mechanism/.test(reason)) return 'the client secret is missing or wrong';
  if (/code_verifier|code_challenge/.test(reason))
    return 'the code_verifier is not the one whose challenge was sent: it must be made for each login and stored until its callback';
  if (/redirect_uri/.test(reason))
    return 'the redirect_uri must be the same at /authorize and at /oauth/token';
  if (/already|not found|expired/.test(reason))
    return 'the code was redeemed before or expired: a code works once';
  return 'not known: read the tenant’s log line';
}

/** The newest refusal in the tenant's log. */
export function lastRefusal(on: TestEnvironment): string | undefined {
  const refused = on.tenant.events
    .recent()
    .filter((event) => event.type === 'token refused' || event.type === 'authorization refused');
  const last = refused.at(-1);
  return last && 'reason' in last ? `${last.type}: ${last.error}, ${last.reason}` : undefined;
}

export function json(text: string | undefined): Record<string, string | undefined> {
  return membersOf(text ?? '') as Record<string, string | undefined>;
}

/** Whether a browser is logged in: its /profile shows the user. */
export async function isLoggedIn(on: TestEnvironment, browser: Browser): Promise<boolean> {
  const page = await browser.get(`${on.app}/profile`, { follow: false });
  return page.status === 200 && page.body.includes(on.user.email);
}
