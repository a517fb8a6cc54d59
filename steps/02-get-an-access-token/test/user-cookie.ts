import {
  ANN,
  BOB,
  cookiesOf,
  json,
  rewritten,
  type TestEnvironment,
  withCookies,
} from '../../../shared/checks';

/** The first cookie into which Bob writes Ann's name, e-mail address or `sub`, and is Ann: then the cookie says who the user is. */
export async function userCookie(
  on: TestEnvironment,
  bob: ReturnType<TestEnvironment['browser']>,
): Promise<string | undefined> {
  const url = `${on.app}/profile`;
  const own = await cookiesOf(bob, url);
  const [anns, bobs] = [subjectOf(on, ANN.email), subjectOf(on, BOB.email)];
  const words: [string, string][] = [
    [BOB.email, ANN.email],
    [BOB.name, ANN.name],
  ];
  if (anns !== undefined && bobs !== undefined) words.unshift([bobs, anns]);
  for (const { name, headers } of withCookies(own, rewritten(own, words))) {
    const page = await fetch(url, { headers, redirect: 'manual' });
    if (page.status === 200 && (await page.text()).includes(ANN.email)) return name;
  }
  return undefined;
}

/** The `sub` of whoever logged in last with an e-mail address, as the tenant issued it. */
function subjectOf(on: TestEnvironment, email: string): string | undefined {
  return on.recorder
    .between('app', 'tenant', '/oauth/token')
    .map(({ responseBody }) => json(responseBody).id_token?.split('.')[1])
    .map((payload) => json(Buffer.from(payload ?? '', 'base64url').toString()))
    .findLast((claims) => claims.email === email)?.sub;
}
