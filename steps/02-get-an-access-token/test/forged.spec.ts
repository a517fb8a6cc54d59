import { ANN, check, Diagnosis, isLoggedIn, type Page, type TestEnvironment } from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';
import { callbackOf } from './callback';
import { type ForgedToken, forgedTokens } from './forgeries';
import { needsProfile } from './profile';

type Browser = ReturnType<TestEnvironment['browser']>;

/** An attempt to log in while the tenant does something wrong. */
interface Attempt {
  /** The page where it ended; the words of an error when there is none. */
  page: Page | string;
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
async function attempt(
  on: TestEnvironment,
  browser: Browser,
  fault: ReturnType<TestEnvironment['tenantFaults']['decide']>,
): Promise<Attempt> {
  const before = on.recorder.between('app', 'tenant', '/oauth/token').length;
  on.tenantFaults.decide = ({ url }) => (url?.startsWith('/oauth/token') ? fault : undefined);
  const page = await browser
    .get(`${on.app}/login`)
    .catch((error: Error) => {
      // A loop of redirects or no answer in time: the checks below say what that means here.
      if (!('hops' in error || 'ms' in error)) throw error;
      return error.message;
    })
    .finally(() => on.tenantFaults.clear());
  const asked = on.recorder.between('app', 'tenant', '/oauth/token')[before];
  return { page, loggedIn: await isLoggedIn(on, browser), asked };
}

/** Who takes more forged tokens than these has not forgotten a claim or two. */
const MOST_SLIPS = 3;
const NOT_VERIFIED = {
  id: 'id-token-not-verified',
  cause:
    'the app decodes the ID token and does not verify it: whatever stands in the token counts, also when it was issued for another login or another application',
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
    const several = accepted.length > MOST_SLIPS;
    throw new Diagnosis({
      expected: 'an ID token that is not for this login is refused: nobody is logged in',
      of: [first.attempt.asked],
      seen: `the tenant answered with an ID token of which ${first.token.what}, and /profile shows ${ANN.email}${several ? `; of ${all.length} forged tokens the app accepted ${accepted.length}` : ''}`,
      ...(several ? NOT_VERIFIED : { id: first.token.id, cause: first.token.cause, next: first.token.next }),
    });
  });
});
