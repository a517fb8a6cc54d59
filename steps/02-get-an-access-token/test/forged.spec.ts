import { NoAnswer, RedirectLoop } from '../../../shared/browser';
import {
  ANN,
  type Cause,
  check,
  Diagnosis,
  expectThat,
  isLoggedIn,
  type Page,
  type TestEnvironment,
} from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';
import { callbackOf } from './callback';
import { type ForgedToken, forgedTokens } from './forgeries';
import { answerOf, needsProfile } from './profile';

type Browser = ReturnType<TestEnvironment['browser']>;

/** Milliseconds between the bytes of an answer that trickles: some minutes for all of them. */
const TRICKLE = 200;
/** Milliseconds that a request to the tenant may take, as client libraries limit it by default. */
const LONGEST_LIMIT = 30_000;
const STACK = /\n?\s+at \S+ \(|&nbsp; &nbsp;at /;

type Fault = ReturnType<TestEnvironment['tenantFaults']['decide']>;

/** What the token endpoint answers instead of tokens, and in words what it did. */
const FAILURES: [string, (on: TestEnvironment) => Fault][] = [
  [
    'answered 500',
    () => ({
      status: 500,
      headers: { 'content-type': 'application/json' },
      body: '{"error":"server_error"}',
    }),
  ],
  [
    'answered 200 with a page of HTML',
    () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Please wait</h1>' }),
  ],
  [
    'answered 200 without a body',
    () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '' }),
  ],
  [
    'sent its answer byte by byte',
    (on) => ({ trickle: TRICKLE, onBegin: () => on.fireTimers(LONGEST_LIMIT) }),
  ],
];

/** An attempt to log in while the tenant does something wrong. */
interface Attempt {
  /** The page where it ended; an error when there is none. */
  page: Page | NoAnswer | RedirectLoop;
  loggedIn: boolean;
  /** The request for tokens. */
  asked: Message | undefined;
}

/** A browser whose user is logged in at the tenant, so that each login is a few redirects. */
async function knownBrowser(on: TestEnvironment): Promise<Browser> {
  const browser = on.browser();
  await callbackOf(on, browser);
  return browser;
}

/** Logs in while the tenant's token endpoint has a fault. */
async function attempt(on: TestEnvironment, browser: Browser, fault: Fault): Promise<Attempt> {
  const before = on.recorder.between('app', 'tenant', '/oauth/token').length;
  on.tenantFaults.decide = ({ url }) => (url?.startsWith('/oauth/token') ? fault : undefined);
  const page = await browser
    // An app that a learner started has its time limits as they are.
    .get(`${on.app}/login`, on.startedApp ? {} : { patience: LONGEST_LIMIT + 1000 })
    .catch((error: unknown) => {
      if (error instanceof NoAnswer || error instanceof RedirectLoop) return error;
      throw error;
    })
    .finally(() => on.tenantFaults.clear());
  const asked = on.recorder.between('app', 'tenant', '/oauth/token')[before];
  return { page, loggedIn: await isLoggedIn(on, browser), asked };
}

/** Who takes more forged tokens than these has not forgotten a claim or two. */
const MOST_NAMED = 3;
const NOT_VERIFIED = {
  id: 'id-token-not-verified',
  cause:
    'the app decodes the ID token and does not verify it: it accepts any token, also one of another login or another application',
  next: 'verify iss, aud, exp, sub and nonce before you use a claim (OpenID Connect Core, section 3.1.3.7); openid-client’s authorizationCodeGrant does all of it',
};

describe('02 Get an access token: when the tenant’s answer is wrong', () => {
  check('2.id-token', '2.3', 'an ID token that is not for this login logs nobody in', async (on) => {
    await needsProfile(on);
    const accepted: { token: ForgedToken; attempt: Attempt }[] = [];
    let browser = await knownBrowser(on);
    const all = forgedTokens(on.settings().CLIENT_ID ?? '');
    for (const token of all) {
      const one = await attempt(on, browser, { forge: { id_token: { claims: token.claims } } });
      if (one.loggedIn) {
        accepted.push({ token, attempt: one });
        // This one is of no use any more: it would be logged in after each attempt.
        browser = await knownBrowser(on);
      }
    }
    const [first] = accepted;
    if (first === undefined) return;
    const several = accepted.length > MOST_NAMED;
    throw new Diagnosis({
      expected: 'an ID token that is not for this login is refused: nobody is logged in',
      of: [first.attempt.asked],
      seen: `the tenant answered with a false ID token (${first.token.what}), and /profile shows ${ANN.email}${several ? `. The app accepted ${accepted.length} of ${all.length} false tokens` : ''}`,
      ...(several ? NOT_VERIFIED : { id: first.token.id, cause: first.token.cause, next: first.token.next }),
    });
  });

  check(
    '2.tenant-fails',
    '2.3',
    'a token endpoint that fails gives a page, and the next login works',
    async (on) => {
      await needsProfile(on);
      const browser = await knownBrowser(on);
      for (const [what, fault] of FAILURES) {
        const { page, loggedIn, asked } = await attempt(on, browser, fault(on));
        expectThat(!loggedIn && !(page instanceof Error) && isAppPage(on, page), () => ({
          expected: 'a page of the app, without a stack trace, and nobody is logged in',
          of: [page instanceof Error ? undefined : page, asked],
          seen: `the token endpoint ${what}, and ${loggedIn ? '/profile shows a user' : ended(page)}`,
          next: 'catch what the exchange throws, and show a page with a link to log in again',
          ...whyNoPage(page, loggedIn),
        }));
      }
      const { page, loggedIn } = await attempt(on, browser, undefined);
      expectThat(loggedIn, () => ({
        id: 'failed-login-stays',
        expected: 'once the token endpoint works again, the next login works',
        of: page instanceof Error ? undefined : page,
        seen: `the token endpoint failed and works again, and ${ended(page)}`,
        cause:
          'the app has not ended the failed login: a part of it is still in the session or in a variable',
        next: 'take the pending login out of the session before the exchange, and keep no rejected promise',
      }));
    },
  );
});

const isAppPage = (on: TestEnvironment, page: Page) =>
  page.url.origin === new URL(on.app).origin && !STACK.test(page.body);

const ended = (page: Attempt['page']) =>
  page instanceof Error
    ? page.message.slice(0, 200)
    : `the login ended at ${page.url.pathname} with ${answerOf(page)}`;

function whyNoPage(page: Attempt['page'], loggedIn: boolean): Cause {
  if (loggedIn) {
    return {
      id: 'failure-logs-in',
      cause: 'the app begins the session before it verifies the answer: it does not know yet who the user is',
      next: 'begin the session after the tokens are verified',
    };
  }
  if (page instanceof NoAnswer) {
    return {
      id: 'token-request-without-limit',
      cause:
        'the request for tokens has no time limit, or one of more than 30 seconds: the user waits as long as the tenant does',
      next: 'give each request to the tenant a few seconds: timeout in the options of client.discovery, or a signal for fetch',
    };
  }
  if (page instanceof RedirectLoop || !STACK.test(page.body)) {
    return {
      id: 'failure-begins-again',
      cause:
        'the app answers a failed exchange by beginning the login again: as long as the tenant fails, the user is in an endless loop',
    };
  }
  return {
    id: 'stack-trace-shown',
    cause:
      'the app does not catch the error of the exchange, so Express shows its own page, with a stack trace that shows strangers how the app is built',
  };
}
