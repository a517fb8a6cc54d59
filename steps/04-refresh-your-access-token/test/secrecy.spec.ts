import { check, expectThat, json, logInWithout, type TestEnvironment } from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';
import { logIn, needsRefreshToken, tokenRequests } from './sessions';

const PAGES = ['/', '/profile', '/appointments', '/tokens'];

describe('04 Refresh your access token: where tokens and secrets are', () => {
  check('4.refresh-token-stays', '4.4', 'refresh tokens go to the tenant and to nobody else', async (on) => {
    const one = await logIn(on);
    needsRefreshToken(one);
    for (const page of PAGES) await one.browser.get(`${on.app}${page}`, { follow: false });
    const issued = tokensIssued(on);
    const holds = (text: string) => issued.some((token) => text.includes(token));
    const toApi = on.recorder
      .between('app', 'api')
      .find((message) =>
        holds(message.url.href + JSON.stringify(message.requestHeaders) + message.requestBody),
      );
    expectThat(toApi === undefined, () => ({
      id: 'refresh-token-to-api',
      expected: 'the API gets access tokens only',
      of: toApi,
      seen: `${toApi?.method} ${toApi?.url.pathname} was sent to the API with a refresh token in it`,
      cause:
        'the refresh token was sent in the place of the access token, or beside it: the API cannot use it, and each of its logs keeps the key to all further access tokens',
      next: 'send the refresh token to the tenant’s /oauth/token only, and the access token to the API',
    }));
    const pages = on.recorder.between('browser', 'app');
    const cookie = pages.find((message) => cookiesOf(message).some(holds));
    expectThat(cookie === undefined, () => ({
      id: 'refresh-token-in-cookie',
      expected: 'the browser holds the identifier of a session, and no token',
      of: cookie,
      seen: `${cookie?.method} ${cookie?.url.pathname} answered with a refresh token in Set-Cookie, which everybody with the cookie can read`,
      cause:
        'the cookie keeps the refresh token itself, or a session that is signed and not encrypted: it travels with every request, and lies in the browser’s files',
      next: 'keep the tokens on the server under the session’s identifier, or encrypt the cookie',
    }));
    const shown = pages.find((message) => holds(message.responseBody) || holds(placeOf(message)));
    expectThat(shown === undefined, () => ({
      id: 'refresh-token-in-page',
      expected: 'no page has a refresh token in it',
      of: shown,
      seen: `${shown?.method} ${shown?.url.pathname} answered with a refresh token in the ${shown && holds(shown.responseBody) ? 'page' : 'address that it redirects to'}`,
      cause:
        'the server hands the refresh token to the browser: any script in the page, an extension or a copied address can take it, and it works for weeks',
      next: 'leave it on the server: the page needs what the API answered, and no token',
    }));
  });

  check('4.token-not-read', '4.2', 'when the token ends is known from expires_in', async (on) => {
    needsRefreshToken(await logIn(on));
    // Without an audience the tenant issues an access token that is no JWT. The API, which would refuse it, answers as if it knew it.
    const browser = on.browser();
    const end = await logInWithout(on, browser, 'audience', on.user);
    on.apiFaults.decide = () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"appointments":[]}',
    });
    const page = await browser
      .get(`${on.app}/appointments`, { follow: false })
      .finally(() => on.apiFaults.clear());
    const broken = [end, page].find(({ status }) => status >= 500);
    expectThat(broken === undefined, () => ({
      id: 'expiry-from-payload',
      expected: 'the app works with an access token of any format, with the expiry from expires_in',
      of: broken,
      seen: `with an opaque access token in place of a JWT, GET ${broken?.url.pathname} answered ${broken?.status}`,
      cause:
        'the app looks into the access token, in this step most likely for exp: its format is a matter between tenant and API, and can change without notice',
      next: 'take the end from expires_in of the tenant’s answer: Date.now() + expires_in * 1000',
    }));
  });
});

/** All refresh tokens that the tenant gave to the app. */
const tokensIssued = (on: TestEnvironment): string[] =>
  ['authorization_code', 'refresh_token'].flatMap((grant) =>
    tokenRequests(on, grant).flatMap(({ responseBody }) => json(responseBody).refresh_token ?? []),
  );

const placeOf = ({ responseHeaders }: Message) => decoded(String(responseHeaders.location ?? ''));

/** What an answer's cookies say: as they are, and their parts read as base64, as libraries write them. */
function cookiesOf({ responseHeaders }: Message): string[] {
  const cookies = [responseHeaders['set-cookie'] ?? []].flat().map(String);
  return cookies.flatMap((cookie) => {
    const value = decoded(cookie.split(';')[0]?.replace(/^[^=]*=/, '') ?? '');
    return [value, ...value.split(/[.:]/).map((part) => Buffer.from(part, 'base64').toString())];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
