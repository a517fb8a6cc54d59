import {
  AUDIENCE,
  BOB,
  type Cause,
  check,
  expectThat,
  logInWithout,
  type TestEnvironment,
  text,
} from '../../../shared/checks';
import { otherNameOf } from './claim-names';
import { ann, bob, claimsWith, type LoggedIn, last } from './two-users';

/** What a user's tokens must say of them. */
const attributesOf = ({ user }: LoggedIn) => [user.roles[0] ?? '', user.office];

describe('05 Attributes and roles: what the tokens say', () => {
  for (const [name, id] of [
    ['idToken', 'id'],
    ['accessToken', 'access'],
  ] as const) {
    const words = `${id === 'id' ? 'ID' : 'access'} token`;
    check(`5.${id}-token`, '5.2', `the ${words} has the user’s role and office`, async (on) => {
      for (const one of [await ann(on), await bob(on)]) {
        const missing = attributesOf(one).filter((value) => claimsWith(one[name], value).length === 0);
        expectThat(missing.length === 0, () => ({
          expected: `the ${words} of ${one.user.name} says ${attributesOf(one).join(' and ')}`,
          of: one.token,
          seen: `none of its claims has ${missing.join(' or ')}: ${Object.keys(one[name]).join(', ') || 'it is opaque'}`,
          next: 'compare the Action with the lesson’s',
          ...whyNoClaim(on, one, name, missing),
        }));
      }
    });
  }

  check('5.profile', '5.3', 'the profile shows name, e-mail, role and office', async (on) => {
    for (const one of [await ann(on), await bob(on)]) {
      const page = await one.browser.get(`${on.app}/profile`);
      const shown = text(page);
      const wanted = [one.user.name, one.user.email, ...attributesOf(one)];
      const missing = wanted.filter((value) => !shown.includes(value));
      const why =
        page.status === 200 && missing.length > 0 ? await whyNotShown(on, one, missing, shown) : undefined;
      expectThat(page.status === 200 && missing.length === 0, () => ({
        expected: `GET /profile shows ${wanted.join(', ')}`,
        of: [page, one.token],
        seen: `it answered ${page.status}, without ${missing.join(', ') || 'what it should show'}`,
        next: 'read the claims of the ID token by their full names, and show them',
        ...(why ?? pageFails),
      }));
    }
  });

  check('5.from-id-token', '5.3', 'role and office come from the ID token', async (on) => {
    const { idToken } = await shown(on, await bob(on));
    const browser = on.browser();
    // Without an audience the tenant issues an access token that nobody but the tenant can read; the ID token remains what it was.
    await logInWithout(on, browser, 'audience', BOB);
    const page = await browser.get(`${on.app}/profile`);
    const missing = [BOB.roles[0] ?? '', BOB.office].filter(
      (value) => claimsWith(idToken, value).length > 0 && !text(page).includes(value),
    );
    expectThat(page.status === 200 && missing.length === 0, () => ({
      id: 'attributes-from-access-token',
      expected: 'GET /profile shows the same when the access token is opaque',
      of: page,
      seen: `with an access token that cannot be read it answered ${page.status}${missing.length > 0 ? `, without ${missing.join(', ')}` : ''}`,
      cause:
        'the app reads role or office from the access token. That one is for the API, and its form is a matter between tenant and API; for the app there is the ID token',
      next: 'take them from the ID token’s claims',
    }));
  });

  check('5.without-attributes', '5.3', 'a user without role and office can log in', async (on) => {
    await shown(on, await bob(on));
    const page = await on.withTenant(
      (config) => {
        Object.assign(config, { triggers: {}, rules: [] });
      },
      async () => {
        const browser = on.browser();
        await on.logIn(browser, '/profile', BOB);
        return browser.get(`${on.app}/profile`);
      },
    );
    expectThat(page.status === 200 && text(page).includes(BOB.email), () => ({
      id: 'attributes-taken-for-granted',
      expected: 'GET /profile shows the user, though the ID token has no role and no office',
      of: page,
      seen: `it answered ${page.status} at ${page.url.pathname}`,
      cause:
        'the app expects the claims in every token: without the Action, or for a user who has no role, they are undefined',
      next: 'before you use a claim, make sure that it exists and has the type that you expect',
    }));
  });
});

/** @throws Diagnosis when the profile does not show yet what is to come and go: then there is nothing to compare with. */
async function shown(on: TestEnvironment, one: LoggedIn): Promise<LoggedIn> {
  const page = await one.browser.get(`${on.app}/profile`);
  const missing = attributesOf(one).filter((value) => !text(page).includes(value));
  expectThat(missing.length === 0, () => ({
    id: 'attributes-not-shown',
    expected: `GET /profile shows ${attributesOf(one).join(' and ')}`,
    of: page,
    seen: `it answered ${page.status}, without ${missing.join(' and ')}`,
    cause: 'the profile does not show them at all yet',
    next: 'do task 5.3 first',
    waitsFor: '5.profile',
  }));
  return one;
}

/** Why a token says nothing of role or office. */
function whyNoClaim(
  on: TestEnvironment,
  one: LoggedIn,
  token: 'idToken' | 'accessToken',
  missing: string[],
): { id: string; cause: string; next?: string } {
  const other = token === 'idToken' ? 'accessToken' : 'idToken';
  const kind = token === 'idToken' ? 'ID token' : 'access token';
  const dropped = on.tenant.events
    .recent()
    .findLast((event) => event.type === 'claim dropped' && event.token === kind);
  if (dropped?.type === 'claim dropped')
    return {
      id: 'claim-dropped',
      cause: `the claim ${dropped.claim} was dropped, without a word to the ${dropped.script.split(' ')[0]}: ${dropped.reason.split(';')[0]}`,
      next: `give it a name in a namespace of your own: https://call-your-api.example/${dropped.claim.replace(/^.*\//, '')}`,
    };
  if (token === 'accessToken' && Object.keys(one.accessToken).length === 0)
    return {
      id: 'opaque-token',
      cause: `the access token is opaque, since the app did not ask for ${AUDIENCE}: nothing can be put into it`,
      next: 'run npm run check -- 2',
    };
  const code = on.tenant.overview().code.filter(({ runs }) => runs === 'at login');
  const hook = on.tenant.overview().code.find(({ kind: is }) => is === 'Hook');
  if (code.length === 0 && hook)
    return {
      id: 'hook-at-log-in',
      cause: `the Hook ${hook.name} is expected to touch a login: Hooks on credentials-exchange run only when a program asks for a token in its own name`,
      next: 'write an Action, and bind it to post-login',
    };
  if (code.length === 0)
    return {
      id: 'action-not-bound',
      cause:
        last(on, 'action hint')?.reason.includes('bound to no trigger') === true
          ? 'the Action is described and bound to no trigger, so nothing runs it'
          : 'no Action runs at a login: tenant.yaml binds none to post-login',
      next: 'describe the Action under actions, and name it under triggers, post-login',
    };
  if (missing.every((value) => claimsWith(one[other], value).length > 0))
    return {
      id: 'claim-in-one-token',
      cause: `it is in the ${other === 'idToken' ? 'ID token' : 'access token'} only: the two tokens are for two readers, and each gets its own claims`,
      next: `call api.${token}.setCustomClaim as well`,
    };
  const rules = code.every(({ kind: is }) => is === 'Rule');
  const [roles, metadata] = rules
    ? ['context.authorization', 'user.app_metadata']
    : ['event.authorization', 'event.user.app_metadata'];
  return {
    id: 'claim-not-set',
    cause: `${code.map(({ kind: is, name }) => `${is} ${name}`).join(', ')} ran, and set no claim to ${missing.join(' or ')}: roles are in ${roles}.roles, the office in ${metadata}.office`,
    next: `print what the ${rules ? 'Rule' : 'Action'} gets: console.log(${roles}, ${metadata})`,
  };
}

const pageFails: Cause = {
  id: 'profile-fails',
  cause: 'the app fails to make the page; its own output says why',
};

/** Why the profile lacks something that it should show. */
async function whyNotShown(
  on: TestEnvironment,
  one: LoggedIn,
  missing: string[],
  shown: string,
): Promise<Cause> {
  const unsaid = missing.filter((value) => claimsWith(one.idToken, value).length === 0);
  if (unsaid.includes(one.user.email) || unsaid.includes(one.user.name)) {
    const scope = unsaid.includes(one.user.email) ? 'email' : 'profile';
    return {
      id: 'scope-for-claim-missing',
      cause: `the ID token does not say it, since the app did not ask for the scope ${scope}: an Action adds nothing to that`,
      next: `ask for ${scope} in scopes.ts`,
    };
  }
  if (unsaid.length > 0)
    return {
      id: 'not-in-id-token',
      cause: 'the ID token does not say it either: that is task 5.2',
      waitsFor: '5.id-token',
    };
  if ([one.user.email, one.user.name].some((value) => missing.includes(value)))
    return {
      id: 'name-or-email-not-from-id-token',
      cause:
        'the ID token says it, and the page does not. The access token says neither name nor e-mail unless an Action puts them there: an app that looks for them in it finds nothing',
      next: 'take name and email from the ID token’s claims, as in step 02',
    };
  const unlisted = claimsWith(one.idToken, one.user.roles[0] ?? '').find(
    (name) => !Array.isArray(one.idToken[name]),
  );
  if (unlisted !== undefined && missing.includes(one.user.roles[0] ?? ''))
    return {
      id: 'roles-not-a-list',
      cause: `the claim ${unlisted} is a text, and the app may expect a list: a user can have several roles`,
      next: 'let the Action put the whole list there: event.authorization.roles',
    };
  const other = one.user.email === BOB.email ? await ann(on) : await bob(on);
  if (attributesOf(other).some((value) => shown.includes(value)))
    return {
      id: 'attributes-shared',
      cause: `the page of ${one.user.name} shows what the ID token of ${other.user.name} says: the app has one place for everybody, such as app.locals or a variable of the module`,
      next: 'keep the claims in the session of each user, and give the page those of the user who asks: res.locals or req, not app.locals',
    };
  const names = missing.flatMap((value) => claimsWith(one.idToken, value));
  const otherName = await otherNameOf(on, one, names);
  if (otherName !== undefined)
    return {
      id: 'claim-by-another-name',
      cause: `the app reads the claim ${otherName.read}, and the ID token has ${otherName.issued}: names of claims are compared letter by letter, with their namespace`,
      next: `read ${otherName.issued}`,
    };
  return {
    id: 'attributes-not-shown',
    next: `compare the names letter by letter; the ID token has ${names.join(' and ')}`,
    cause:
      'the ID token says it, and the page does not, also not by the names that are often taken for these: the app does not keep the claims in the session, or does not show them',
  };
}
