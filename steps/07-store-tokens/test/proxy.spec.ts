import { authorizeUrl, check, expectThat, type Page, type TestEnvironment } from '../../../shared/checks';
import { anywhere, isLoggedIn, onSecureSite, onSite, profile, seenOf } from './site';

const FORGED = 'evil.example';
/** An address of no proxy (RFC 5737). */
const STRANGER = '192.0.2.1';

/** Each way in which a request can claim another host. */
const CLAIMS: Record<string, string>[] = [
  { 'x-forwarded-host': FORGED },
  { forwarded: `host=${FORGED};proto=https` },
  { 'x-forwarded-host': FORGED, 'x-forwarded-proto': 'https' },
  { 'x-forwarded-server': FORGED, 'x-original-host': FORGED },
];

describe('07 Store sessions and tokens: behind a proxy', () => {
  check('7.login-behind-https', '7.5', 'behind a proxy that ends https the login works', (on) =>
    onSecureSite(on, async () => {
      const browser = on.browser();
      const end = await on.logIn(browser, '/profile');
      const login = on.recorder.between('browser', 'app', '/login').at(-1);
      const page = await profile(on, browser);
      expectThat(isLoggedIn(end) || isLoggedIn(page), () => ({
        expected: 'the login ends at /profile',
        of: [end, page],
        seen: `the login ended at ${end.url.pathname} with ${end.status}, and then GET /profile answered ${seenOf(page)}`,
        ...whyNotBehindHttps(login?.responseHeaders['set-cookie'] !== undefined, end),
      }));
    }),
  );

  check(
    '7.secure-cookie',
    '7.5',
    'behind https the session’s cookie is Secure and has the __Host- prefix',
    (on) =>
      onSecureSite(on, async () => {
        const login = await on.browser().get(`${on.app}/login`, { follow: false });
        const cookies = [login.headers['set-cookie'] ?? []].flat();
        const bare = cookies.find((cookie) => !/;\s*secure\b/i.test(cookie));
        expectThat(cookies.length > 0, () => ({
          id: 'no-cookie-behind-https',
          expected: 'GET /login sets the session’s cookie',
          of: login,
          seen: `GET /login answered ${seenOf(login)} without Set-Cookie`,
          cause: NOT_TRUSTED,
          next: 'fix what 7.login-behind-https finds first',
          waitsFor: '7.login-behind-https',
        }));
        expectThat(bare === undefined, () => ({
          id: 'cookie-not-secure',
          expected: 'each cookie of an https address has the attribute Secure',
          of: login,
          seen: `Set-Cookie: ${nameOf(bare)}, without Secure`,
          cause:
            'a page that is opened by http sends the cookie along, and everybody on the way can read it. The app sees http itself, since the proxy ends https',
          next: 'set secure: true when BASE_URL begins with https:',
        }));
        const named = cookies.find((cookie) => !cookie.startsWith('__Host-'));
        expectThat(named === undefined, () => ({
          id: 'no-host-prefix',
          expected: 'the name of each cookie begins with __Host-',
          of: login,
          seen: `Set-Cookie: ${nameOf(named)}`,
          cause:
            'another host of the same domain, or a page without https, can set a cookie of this name: the user then works in the attacker’s session',
          next: 'name the cookie __Host-… behind https: browsers accept that name only with Secure, with Path=/ and without Domain',
        }));
        const wrong = cookies.find(
          (cookie) => /;\s*domain=/i.test(cookie) || !/;\s*path=\/(;|$)/i.test(cookie),
        );
        expectThat(wrong === undefined, () => ({
          id: 'host-prefix-refused',
          expected: 'a cookie with the prefix __Host- has Path=/ and no Domain',
          of: login,
          seen: `Set-Cookie: ${wrong?.split(';').slice(1).join(';')}`,
          cause: 'a browser refuses such a cookie without a word, and the login never ends',
          next: 'set path: "/" and no domain',
        }));
        const open = cookies.find(
          (cookie) => !/;\s*httponly\b/i.test(cookie) || !/;\s*samesite=(lax|strict)\b/i.test(cookie),
        );
        expectThat(open === undefined, () => ({
          id: 'cookie-attributes-lost',
          expected: 'the cookie has the attributes HttpOnly and SameSite=Lax',
          of: login,
          seen: `Set-Cookie: ${nameOf(open)}, with${open?.split(';').slice(1).join(';')}`,
          cause:
            'the option cookie replaces that of session.ts as a whole: what it does not name again is lost, and scripts can read the cookie, or other sites send it',
          next: 'name httpOnly: true and sameSite: "lax" again, beside maxAge',
        }));
      }),
  );

  check('7.trusts-named-proxy', '7.5', 'a proxy that TRUST_PROXY does not name is not believed', (on) =>
    onSecureSite(on, (site) =>
      site.another({ TRUST_PROXY: STRANGER }, async () => {
        const ask = (proto: string) =>
          site.asCareless(() =>
            on.browser().get(`${on.app}/login`, { follow: false, headers: { 'x-forwarded-proto': proto } }),
          );
        const [claimed, plain] = [await ask('https'), await ask('http')];
        // An app that sets the cookie whatever the header says does not believe it either.
        const believes = hasCookie(claimed) && !hasCookie(plain);
        expectThat(!believes, () => ({
          id: 'every-proxy-believed',
          expected: `with TRUST_PROXY=${STRANGER}, X-Forwarded-Proto of another address changes nothing`,
          of: claimed,
          seen: `GET /login with X-Forwarded-Proto: https set a Secure cookie, with http it set none; the request came from 127.0.0.1`,
          cause:
            'what the app believes does not depend on TRUST_PROXY. With true, or with a number, each client can say what it likes about the scheme, the host and its own address',
          next: 'give trust proxy the value of TRUST_PROXY, and neither true nor a number of proxies that may not be there',
        }));
      }),
    ),
  );

  check('7.plain-cookie', '7.5', 'without https the cookie has neither Secure nor the prefix', (on) =>
    onSite(on, async () => {
      const login = await on.browser().get(`${on.app}/login`, { follow: false });
      const cookies = [login.headers['set-cookie'] ?? []].flat();
      const wrong = cookies.find((cookie) => /^__(Host|Secure)-|;\s*secure\b/i.test(cookie));
      expectThat(wrong === undefined && cookies.length > 0, () => ({
        id: 'secure-without-https',
        expected: 'at an http address the session’s cookie has neither Secure nor a prefix',
        of: login,
        seen:
          wrong === undefined
            ? 'GET /login set no cookie'
            : `Set-Cookie: ${nameOf(wrong)}${/;\s*secure\b/i.test(wrong) ? ' with Secure' : ''}`,
        cause:
          wrong === undefined
            ? 'the cookie is always Secure, and express-session sets no Secure cookie on a connection without https: the login never ends'
            : 'a browser refuses such a cookie at an http address without a word, and the login never ends',
        next: 'set secure and the prefix only when BASE_URL begins with https:',
      }));
    }),
  );

  check('7.forged-host', '7.5', 'a forged host changes nothing', (on) =>
    anywhere(on, async (site) => {
      const expected = (await authorizeUrl(on, on.browser())).searchParams.get('redirect_uri');
      const asked = (await site?.asCareless(() => forgedPages(on))) ?? (await forgedPages(on));
      for (const { headers, page } of asked) {
        const location = page.headers.location ?? '';
        const sent = URL.canParse(location) ? new URL(location).searchParams.get('redirect_uri') : undefined;
        const claim = Object.entries(headers)
          .map(([name, value]) => `${name}: ${value}`)
          .join(', ');
        expectThat(typeof sent !== 'string' || sent === expected || !location.includes(FORGED), () => ({
          id: 'redirect-uri-from-request',
          expected: `redirect_uri=${expected}, whatever the request says of its host`,
          of: page,
          seen: `GET /login with ${claim} redirects to the tenant with redirect_uri=${sent}`,
          cause:
            'the address of the callback comes from the request’s headers, which anybody can send: the tenant refuses an address that is not registered, and where a pattern is registered the code goes to the attacker',
          next: 'make redirect_uri from BASE_URL, never from Host or X-Forwarded-Host',
        }));
        expectThat(!location.includes(FORGED) && !page.body.includes(FORGED), () => ({
          id: 'forged-host-used',
          expected: 'no answer names the forged host',
          of: page,
          seen: `GET ${page.url.pathname} with ${claim} answered ${seenOf(page)}, and names ${FORGED}`,
          cause: 'an address in the answer comes from the request’s headers, which anybody can send',
          next: 'make addresses from BASE_URL, or as paths',
        }));
      }
    }),
  );
});

async function forgedPages(on: TestEnvironment): Promise<{ headers: Record<string, string>; page: Page }[]> {
  const found: { headers: Record<string, string>; page: Page }[] = [];
  for (const headers of CLAIMS)
    for (const path of ['/login', '/profile'])
      found.push({ headers, page: await on.browser().get(`${on.app}${path}`, { follow: false, headers }) });
  return found;
}

const NOT_TRUSTED =
  'the app sees a connection without https, since the proxy ends https, and express-session sets no Secure cookie then. X-Forwarded-Proto says otherwise, but the app does not believe the proxy';

function whyNotBehindHttps(hasCookie: boolean, end: Page) {
  if (!hasCookie)
    return {
      id: 'proxy-not-trusted',
      cause: NOT_TRUSTED,
      next: "app.set('trust proxy', …) with the address of the proxy, in app.ts (task 7.5)",
    };
  return {
    id: 'login-broken-behind-https',
    cause: `the cookie arrived, and the login ended with ${end.status}: the addresses that the app makes are not those of the proxy, or the callback reached a process that does not have the session`,
    next: 'make redirect_uri and all other addresses from BASE_URL. If 7.shared-session fails too, fix that first',
  };
}

const hasCookie = ({ headers }: Page): boolean => headers['set-cookie'] !== undefined;

const nameOf = (cookie = '') => cookie.split('=')[0] ?? '';
