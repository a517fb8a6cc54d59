import { ANN, authorizeUrl, expectThat, maskUrl, type TestEnvironment } from '../../../shared/checks';

/** Logs a user in and stops before the callback: its address, as the tenant gave it. */
export async function callbackOf(
  on: TestEnvironment,
  browser: ReturnType<TestEnvironment['browser']>,
  user = ANN,
): Promise<URL> {
  const page = await browser.logIn(
    await browser.get(await authorizeUrl(on, browser)),
    user,
    'accept',
    new URL(on.tenant.issuer).origin,
  );
  const location = page.headers.location ?? '';
  expectThat(location.includes('code='), () => ({
    id: 'no-code',
    expected: 'the tenant sends the browser back with a code',
    of: page,
    seen: `the login ended at ${maskUrl(page.url)} with ${page.status}`,
    cause: 'the authorization request was not accepted',
    next: 'fix the checks of task 2.1 first',
  }));
  return new URL(location, page.url);
}
