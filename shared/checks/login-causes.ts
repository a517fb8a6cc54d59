import { chainOf, described } from '../app-runner/error-report';
import type { Browser, Page } from '../browser';
import { text } from '../browser';
import type { Message } from '../recorder';
import type { Cause } from './diagnosis';
import { whyCookieLost } from './lost-cookie';
import type { TestEnvironment } from './test-environment';
import { lastThrown, thrownBy } from './thrown';
import type { SampleLogin } from './types';
import { unfinished } from './unfinished';

/** Why a callback ended without a token request: from the messages, then from logins that differ in one thing. */
export async function whyNotRedeemed(on: TestEnvironment, login: SampleLogin): Promise<Cause> {
  const { page, authorize } = login;
  const id = 'code-not-redeemed';
  if (page.status === 404) return { id, cause: 'the app has no route /callback yet' };
  const task = unfinished(page);
  if (task) return { id, ...task };
  const back = page.hops
    .map(({ url }) => new URL(url))
    .filter(({ origin }) => origin === new URL(on.app).origin);
  if (!back.some(({ searchParams }) => searchParams.has('code'))) {
    const words = back.map(messageIn).find(Boolean);
    if (authorize.searchParams.get('prompt') === 'none') {
      return {
        id: 'prompt-none',
        cause: `with prompt=none the tenant must not show a page, so it cannot ask for a password or for consent; it says: ${words ?? 'nothing'}`,
        next: 'leave prompt out: a user whom the tenant knows already sees no login page anyway',
      };
    }
    const why = words ? `it says: ${words}` : 'the flow of this check shows what it sent back instead';
    const action = failedAction(on, words ?? '');
    if (action) return { id: 'no-code', cause: `the tenant sent no code; ${why}`, next: `fix ${action}` };
    return {
      id: 'no-code',
      cause: `the tenant sent no code, since it did not accept the request to /authorize; ${why}`,
      next: 'fix what /login sends to /authorize (task 2.1)',
    };
  }
  if (!cameWithCookie(on)) {
    const lost = whyCookieLost(on, login);
    if (lost) return lost;
    if (strictCookie(on)) {
      return {
        id: 'session-cookie-strict',
        cause:
          'the session’s cookie is SameSite=Strict: a browser does not send it when another site, the tenant, leads back to the app. It works on localhost, where all parties are one site, but in production nobody could log in',
        next: "set sameSite: 'lax' for the session’s cookie",
      };
    }
    return {
      id: 'no-session-cookie',
      cause:
        'the browser came to /callback without a cookie of the app, so the app cannot find what it stored: the redirect was sent before the session had anything in it, or the cookie is secure, and a session does not set such a cookie over http',
    };
  }
  if (await redeems(on, (url) => withIss(url, (iss) => iss.replace(/\/$/, '')))) {
    return {
      id: 'issuer-without-slash',
      cause:
        'the app knows the issuer without its final slash: with iss named so at the callback it goes on, and iss is compared letter by letter (RFC 9207)',
    };
  }
  if (await answersAnyStateAlike(on, page, authorize)) {
    return {
      id: 'state-not-found',
      cause:
        'the app answers its own state in the same way as an invented one, although the cookie came back: most likely the state was not stored in the session, or under another name',
    };
  }
  return {
    id,
    cause: 'not known: the callback had its cookie and its state, and stopped before the code was exchanged',
  };
}

/** The tenant's error in a redirect; for the implicit flow it follows the #. */
const messageIn = ({ searchParams, hash }: URL): string | null =>
  searchParams.get('error_description') ?? new URLSearchParams(hash.slice(1)).get('error_description');

/** Why an app refuses the tenant's tokens: a login without a nonce shows whether it is the nonce. */
export async function whyNotAccepted(on: TestEnvironment): Promise<Cause> {
  const threw = lastThrown(on.watched, '/callback');
  const browser = on.browser();
  const authorize = await loginUrl(on, browser);
  const sent = authorize?.searchParams.get('nonce');
  if (authorize && sent) {
    authorize.searchParams.delete('nonce');
    const page = await browser.logIn(await browser.get(authorize), on.user);
    if (page.url.origin === new URL(on.app).origin && page.status < 400) {
      return {
        id: 'nonce-not-compared',
        cause:
          'the app sends a nonce, and accepts only an ID token without one: the nonce is not handed to the exchange (expectedNonce)',
      };
    }
  }
  return {
    id: 'tokens-not-accepted',
    cause: threw
      ? `the app does not accept what the tenant issued: ${described(threw, on.watched.folder)}`
      : 'the app compares a claim of the ID token with a wrong value, and the check does not know which claim. Two mistakes are frequent: iss has a final slash, and nonce is the one that was sent to /authorize',
  };
}

const cookiesSetBy = (answers: readonly Message[]): string[] =>
  answers.flatMap(({ responseHeaders }) => responseHeaders['set-cookie'] ?? []);

const strictCookie = (on: TestEnvironment) =>
  cookiesSetBy(on.recorder.between('browser', 'app')).some((line) => /;\s*samesite=strict/i.test(line));

/** Whether the browser brought a cookie of the app to its first callback: cookies ignore ports, so it has others too. */
function cameWithCookie(on: TestEnvironment): boolean {
  const messages = on.recorder.between('browser', 'app');
  const callback = messages.findIndex(({ url }) => url.pathname === '/callback');
  const sent = String(messages[callback]?.requestHeaders.cookie ?? '');
  const before = messages.slice(0, Math.max(callback, 0));
  const names = cookiesSetBy(before).map((line) => line.split('=')[0]?.trim());
  return sent.split('; ').some((pair) => names.includes(pair.split('=')[0]));
}

/** Whether the app asks the token endpoint when its callback is changed in one thing. */
async function redeems(on: TestEnvironment, change: (callback: URL) => URL | undefined): Promise<boolean> {
  const browser = on.browser();
  const authorize = await loginUrl(on, browser);
  if (!authorize) return false;
  const tenant = new URL(on.tenant.issuer).origin;
  const page = await browser.logIn(await browser.get(authorize), on.user, 'accept', tenant);
  const changed = page.headers.location && change(new URL(page.headers.location, page.url));
  if (!changed) return false;
  const before = on.recorder.between('app', 'tenant', '/oauth/token').length;
  await browser.get(changed);
  return on.recorder.between('app', 'tenant', '/oauth/token').length > before;
}

function withIss(callback: URL, change: (iss: string) => string): URL | undefined {
  const iss = callback.searchParams.get('iss');
  if (iss === null || change(iss) === iss) return undefined;
  callback.searchParams.set('iss', change(iss));
  return callback;
}

async function answersAnyStateAlike(on: TestEnvironment, page: Page, authorize: URL): Promise<boolean> {
  if (!authorize.searchParams.has('state')) return false;
  const browser = on.browser();
  await loginUrl(on, browser);
  const callback = new URL(
    page.hops.findLast(({ url }) => new URL(url).searchParams.has('code'))?.url ?? page.url,
  );
  callback.searchParams.set('state', 'a-state-that-nobody-sent');
  const other = await browser.get(callback);
  return other.status === page.status && text(other) === text(page);
}

async function loginUrl(on: TestEnvironment, browser: Browser): Promise<URL | undefined> {
  const { headers, url } = await browser.get(`${on.app}/login`, { follow: false });
  return headers.location === undefined ? undefined : new URL(headers.location, url);
}

/** Whether the app tried to reach a tenant, and not this one. */
export function tenantNotAsked(on: TestEnvironment): boolean {
  const unreachable = /fetch failed|ECONNREFUSED|ENOTFOUND/;
  return (
    on.recorder.between('app', 'tenant').length === 0 &&
    thrownBy(on.watched).some((threw) => unreachable.test(chainOf(threw)))
  );
}

/** The Action, Rule or Hook that failed in a login which the tenant ended with these words, and its line. */
function failedAction(on: TestEnvironment, words: string): string | undefined {
  const failed = on.tenant.events.recent().findLast(({ type }) => type === 'action failed');
  if (failed?.type !== 'action failed' || !words.includes(failed.script)) return undefined;
  const { script, file, line } = failed;
  return `${script} (${file}${line === undefined ? '' : `:${line}`})`;
}
