import {
  ANN,
  BOB,
  expectThat,
  gist,
  json,
  maskBody,
  type Page,
  type TestEnvironment,
} from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';

/** Seconds that the access token of a first refresh lives. */
export const SHORT = 100;

/** A login whose access token has expired: it lived one second. */
export interface Expired {
  browser: ReturnType<TestEnvironment['browser']>;
  user: typeof ANN;
  /** What the tenant answered to the code. */
  tokens: Record<string, string | undefined>;
  granted: Message;
}

/** Which of the logins a check takes: none is used twice, but for the first. */
export const OF = {
  refresh: 0,
  rotation: 1,
  parallel: 2,
  refused: 3,
  outage: 4,
  steady: 5,
  ann: 6,
  bob: 7,
  other: 8,
};
const USERS = [ANN, ANN, ANN, ANN, ANN, ANN, ANN, BOB, ANN];

/** Several logins are made at once, so that their access tokens expire together, and where nobody can turn the clock the checks wait only once. */
const expired = (on: TestEnvironment) =>
  on.once('expired', async () => {
    const found: Expired[] = [];
    for (const user of USERS) {
      on.lifetimes = [1];
      found.push(await logIn(on, user));
      on.lifetimes = [];
    }
    await on.pass(1050);
    return found;
  });

export const session = async (on: TestEnvironment, which: keyof typeof OF) =>
  (await expired(on))[OF[which]] as Expired;

/** A login whose access token is good for an hour, unless `on.lifetimes` says otherwise. */
export async function logIn(on: TestEnvironment, user = ANN): Promise<Expired> {
  const browser = on.browser();
  const before = tokenRequests(on, 'authorization_code').length;
  // Where a login ends is the app's own affair.
  await on.logIn(browser, '/profile', user);
  const page = await browser.get(`${on.app}/profile`);
  const request = tokenRequests(on, 'authorization_code')[before];
  expectThat(request?.status === 200 && page.body.includes(user.email), () => ({
    id: 'login-broken',
    expected: 'a user who is logged in',
    of: [page, request],
    seen: `after the login GET /profile ended at ${page.url.pathname} with ${page.status}`,
    cause: 'the login of step 02 does not work',
    next: 'run npm run check -- 2, and fix what it finds',
  }));
  return { browser, user, tokens: json(request.responseBody), granted: request };
}

export const tokenRequests = (on: TestEnvironment, grant: string): Message[] =>
  on.recorder
    .between('app', 'tenant', '/oauth/token')
    .filter(({ requestBody }) => requestBody.includes(grant));

export const refreshes = (on: TestEnvironment): Message[] =>
  tokenRequests(on, 'refresh_token').filter(({ requestBody }) => !requestBody.includes('authorization_code'));

export const callsToApi = (on: TestEnvironment): Message[] => on.recorder.between('app', 'api');

export const shows = (page: Page) => page.status === 200 && page.url.pathname === '/appointments';

/** Where a page ended, in a few words. */
export const ended = (page: Page | string) =>
  typeof page === 'string'
    ? page.slice(0, 200)
    : `GET /appointments ended at ${page.url.pathname} with ${page.status}: ${gist(page).slice(0, 80)}`;

export const refusal = (on: TestEnvironment) => {
  const last = on.tenant.events.recent().findLast((event) => event.type === 'token refused');
  return last?.type === 'token refused' ? `${last.error}, ${last.reason}` : 'nothing was refused';
};

/** The tenant must have given a refresh token, or nothing of this step can work. */
export function needsRefreshToken({ tokens, granted }: Expired): void {
  expectThat(tokens.refresh_token !== undefined, () => ({
    id: 'no-refresh-token',
    expected: 'the login brings a refresh token',
    of: granted,
    seen: `POST /oauth/token answered without refresh_token, for scope ${tokens.scope}`,
    cause: (tokens.scope ?? '').includes('offline_access')
      ? 'the application may not use the refresh_token grant'
      : 'offline_access was not asked for, or the API does not allow offline access (allow_offline_access in tenant.yaml): both are silent',
    next: 'ask for offline_access, and look at the API in tenant.yaml',
    waitsFor: '4.offline-access',
  }));
}

/**
 * What needs a refresh proves nothing about an app that never refreshes.
 *
 * @param page what came instead.
 */
export function needsRefresh(on: TestEnvironment, sent: number, what: string, page?: Page | string): void {
  const refused = refreshes(on).find(({ status }) => status === 401);
  expectThat(refused === undefined, () => ({
    id: 'refresh-without-secret',
    expected: what,
    of: refused,
    seen: `POST /oauth/token ${maskBody(refused?.requestBody ?? '')} answered 401`,
    cause: refused === undefined ? '' : whyClientRefused(refused),
    next: 'fix what 4.refreshes finds first',
    waitsFor: '4.refreshes',
  }));
  expectThat(sent > 0, () => ({
    id: 'no-refresh',
    expected: what,
    of: typeof page === 'object' ? page : { method: 'GET', path: '/appointments' },
    seen: page === undefined ? 'the app sent no refresh' : `${ended(page)}, and the app sent no refresh`,
    cause: 'the app does not refresh yet',
    next: 'fix what 4.refreshes finds first',
    waitsFor: '4.refreshes',
  }));
}

/** Why the tenant did not believe that a refresh comes from the client. */
export const whyClientRefused = ({ requestBody, requestHeaders }: Message): string =>
  new URLSearchParams(requestBody).has('client_secret') || requestHeaders.authorization !== undefined
    ? 'another client secret was sent than at the code exchange'
    : 'the client secret was left out: a refresh authenticates the client as the code exchange does';

/** Whose access token it is; the checks may look into it, the app may not. */
export function subjectOf(token: string | undefined): string | undefined {
  const payload = token?.split('.')[1];
  return payload === undefined ? undefined : json(Buffer.from(payload, 'base64url').toString()).sub;
}
