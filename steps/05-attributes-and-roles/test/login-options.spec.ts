import {
  ANN,
  authorizeUrl,
  type Browser,
  check,
  claimsOf,
  expectThat,
  forms,
  json,
  NotApplicable,
  type Page,
  type TestEnvironment,
  text,
} from '../../../shared/checks';
import { STAFF } from '../../../shared/identity-providers/saml/accounts';
import { GAGGLE_ACCOUNTS } from '../../../shared/identity-providers/social/accounts';
import { ann, claimsWith, last } from './two-users';

type Connection = ReturnType<TestEnvironment['tenant']['overview']>['connections'][number];
type Account = (typeof GAGGLE_ACCOUNTS | typeof STAFF)[number];

/** The connections of task 5.6, by the names that it asks for. */
const WANTED = [
  { name: 'google-oauth2', strategy: 'google-oauth2' },
  { name: 'larkfield', strategy: 'samlp' },
] as const;
const STRATEGIES = WANTED.map(({ strategy }) => strategy);
const MOST_PAGES = 4;

/** Her e-mail address is that of Ann in the tenant's own database, and she is another user. */
const ANN_AT_GAGGLE = present(GAGGLE_ACCOUNTS.find(({ email }) => email === ANN.email));
const NORA = present(STAFF[0]);

describe('05 Attributes and roles: login options', () => {
  check('5.login-options', '5.6', 'users of Gaggle and of Larkfield Clinic can log in', async (on) => {
    const [social, saml] = connectionsOf(on);
    const { idToken } = await ann(on);
    // By the button of the tenant's login page …
    const gaggle = await logIn(on, social, ANN_AT_GAGGLE, (browser, page) =>
      browser.click(page, `a[href$="/with/${social.name}"]`),
    );
    // … and past that page.
    await logIn(on, saml, NORA, (browser, _, authorize) => {
      authorize.searchParams.set('connection', saml.name);
      return browser.get(authorize);
    });
    const taken = [...ANN.roles, ANN.office].filter(
      (value) => claimsWith(idToken, value).length > 0 && text(gaggle).includes(value),
    );
    expectThat(taken.length === 0, () => ({
      id: 'user-by-email',
      expected: `whoever logs in at Gaggle as ${ANN.email} is another user than Ann of the tenant's own database`,
      of: gaggle,
      seen: `the profile of the user of Gaggle shows ${taken.join(' and ')}, which only Ann's ID token has`,
      cause:
        'the app finds a user by the e-mail address. Another provider can have an account with the same address, and whoever owns that account takes over the first one',
      next: 'identify a user by iss and sub together, or take everything from the ID token of this login',
    }));
  });
});

/** The connection of each strategy; of several, the one with the name. @throws NotApplicable where tenant.yaml has none, for the task is optional. */
function connectionsOf(on: TestEnvironment): [social: Connection, saml: Connection] {
  const { connections, applications } = on.tenant.overview();
  const found = WANTED.map(({ name, strategy }) => {
    const all = connections.filter((one) => one.strategy === strategy);
    return all.find((one) => one.name === name) ?? all[0];
  });
  if (found.every((one) => one === undefined))
    throw new NotApplicable('optional: tenant.yaml has no connection to Gaggle or Larkfield Clinic');
  const missing = STRATEGIES.filter((_, i) => found[i] === undefined);
  expectThat(missing.length === 0, () => ({
    id: 'connection-missing',
    expected: `a connection of each strategy: ${STRATEGIES.join(' and ')}`,
    seen: `tenant.yaml has ${connections.map(({ name, strategy }) => `${name} (${strategy})`).join(', ')}`,
    cause: `there is no connection with the strategy ${missing.join()}: each provider speaks its own protocol with the tenant, and needs a connection of its own`,
    next: `add the other connection of task 5.6 to tenant.yaml`,
  }));
  const other = WANTED.findIndex(({ name }, i) => found[i]?.name !== name);
  expectThat(other < 0, () => ({
    id: 'connection-named-otherwise',
    expected: `the connection with the strategy ${WANTED[other]?.strategy} is named ${WANTED[other]?.name}`,
    seen: `tenant.yaml names it ${found[other]?.name}`,
    cause: `the name identifies the connection: a request with connection=${WANTED[other]?.name} finds none`,
    next: `write name: ${WANTED[other]?.name} at this connection`,
  }));
  const app = applications.find(({ callbacks }) => callbacks.length > 0);
  const off = found.find((one) => one && !app?.connections.includes(one.name));
  expectThat(off === undefined, () => ({
    id: 'connection-not-enabled',
    expected: `the connection ${off?.name} is enabled for ${app?.name}`,
    seen: `its enabled_clients are ${off?.enabledClients.join(', ') || '(none)'}`,
    cause:
      'a connection serves only the applications that it names under enabled_clients; the login page of any other one does not show it',
    next: `write enabled_clients: [${app?.name}] at the connection`,
  }));
  return found as [Connection, Connection];
}

/** Logs an account in at its provider, and opens the profile. @param choose leads from the tenant's login page, or from the
 * address of the login, to the provider. */
async function logIn(
  on: TestEnvironment,
  connection: Connection,
  account: Account,
  choose: (browser: Browser, page: Page, authorize: URL) => Promise<Page>,
): Promise<Page> {
  const browser = on.browser();
  const authorize = await authorizeUrl(on, browser);
  const before = tokenRequests(on).length;
  let page = await choose(browser, await browser.get(authorize), authorize);
  for (let i = 0; i < MOST_PAGES && page.url.origin !== new URL(on.app).origin; i++)
    page = await goOn(on, browser, page, account);
  const token = tokenRequests(on)[before];
  const refused = last(on, 'login refused');
  expectThat(token?.status === 200, () => ({
    id: 'provider-login-broken',
    expected: `a login by ${connection.name} with tokens at its end`,
    of: [token, page],
    seen: refused
      ? `the tenant’s log: login refused: ${refused.reason}`
      : `the login ended at ${page.url.origin}${page.url.pathname} with ${page.status}`,
    cause: refused
      ? 'tenant and provider do not agree about the login: an option of the connection may not be the provider’s'
      : 'not known: the same app logs in a user of the tenant’s own database',
    next: `compare the options of ${connection.name} with those of task 5.6, and log in by it at http://localhost:3000`,
  }));
  const claims = claimsOf(json(token.responseBody).id_token ?? '') ?? {};
  const profile = await browser.get(`${on.app}/profile`);
  expectThat(profile.status === 200 && text(profile).includes(account.email), () => ({
    expected: `GET /profile shows ${account.email}, who has no role and no office`,
    of: [profile, token],
    seen: `it answered ${profile.status} to ${claims.sub}, ${claims.email === undefined ? 'whose ID token has no email' : 'without that address'}`,
    ...(claims.email === undefined
      ? {
          id: 'provider-scope-missing',
          cause: `the connection ${connection.name} does not ask the provider for the e-mail address, and the tenant can pass on only what the provider said`,
          next: 'write scope: [email, profile] under its options',
        }
      : {
          id: 'attributes-taken-for-granted',
          cause: 'the app expects of each user what only those of the tenant’s own database have',
          next: 'look whether a claim is there before you use it',
          waitsFor: '5.without-attributes',
        }),
  }));
  return profile;
}

/** The next page of a login: the account's password at its provider, a form that carries an answer on, consent. */
async function goOn(on: TestEnvironment, browser: Browser, page: Page, account: Account): Promise<Page> {
  const [form] = forms(page);
  const { origin } = page.url;
  if (origin === new URL(on.tenant.issuer).origin && form?.hasPassword === false)
    return browser.logIn(page, account);
  if (!form) return page;
  return browser.submit(
    page,
    form,
    form.hasPassword ? { email: account.email, password: account.password } : {},
  );
}

const tokenRequests = (on: TestEnvironment) =>
  on.recorder
    .between('app', 'tenant', '/oauth/token')
    .filter(({ requestBody }) => requestBody.includes('authorization_code'));

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a provider of the workshop lacks an account');
  return value;
}
