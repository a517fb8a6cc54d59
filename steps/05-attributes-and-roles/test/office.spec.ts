import { check, expectThat, type Page, type TestEnvironment, text, unfinished } from '../../../shared/checks';
import { carries, otherSpelling, storedForOthers, withRoles } from './other-ways';
import { roleCookie } from './role-cookie';
import { ann, bob, claimsWith, type LoggedIn } from './two-users';

const PATH = '/office';

const office = (on: TestEnvironment, { browser }: LoggedIn) =>
  browser.get(`${on.app}${PATH}`, { follow: false });

/** The first words of a page, at most 120 characters. */
const beginOf = (words: string) =>
  words.length > 120 ? `${words.slice(0, 120).replace(/\s+\S*$/, '')} …` : words;

/** Whether a page leads to the office. */
const leadsThere = (page: Page) => /<a\b[^>]*href=["']?[^"'>]*\/office(?=["'\s>?#/])/i.test(page.body);

/** Before the app can know the role, nothing can be said of what it makes of it. */
const rolesUnknown = (one: LoggedIn) => claimsWith(one.idToken, one.user.roles[0] ?? '').length === 0;

describe('05 Attributes and roles: a page for one role', () => {
  check('5.office', '5.4', 'the office is for managers, on the route itself', async (on) => {
    const [manager, assistant] = [await ann(on), await bob(on)];
    const refused = await office(on, assistant);
    const roleless = refused.status === 200 ? await withRoles(on, PATH, assistant, []) : undefined;
    expectThat(refused.status !== 200, () => ({
      id: 'role-not-checked',
      expected: `GET ${PATH} answers 403 to Bob, who is assistant`,
      of: refused,
      seen: `it answered 200${leadsThere(assistant.page) ? '' : ', though no link on his page leads there'}`,
      cause:
        roleless?.status === 200
          ? 'the route does not check the role, or its check accepts everybody: Bob gets in without any role. A page that is not in the menu still has an address (forced browsing)'
          : 'the route checks a role, but not the role manager: without any role Bob is refused. A page that is not in the menu still has an address (forced browsing)',
      next: 'check the role on the route, before the page is made, and call next() only for users who have it',
    }));
    const entered = await office(on, manager);
    const afterLogin =
      entered.status === 403 && !rolesUnknown(manager)
        ? await withRoles(on, PATH, manager, manager.user.roles)
        : undefined;
    const profile = entered.status === 200 ? '' : text(await manager.browser.get(`${on.app}/profile`));
    expectThat(entered.status === 200, () => ({
      expected: `GET ${PATH} answers 200 to Ann, who is manager`,
      of: entered,
      seen: `it answered ${entered.status}${unfinished(entered) ? '' : `: ${beginOf(text(entered))}`}`,
      next: 'compare with the name that the tenant gives the role: manager',
      ...whyRefusedPage(entered, manager, assistant, { profile, afterLogin }),
    }));
    expectThat(refused.status === 403, () => ({
      id: 'not-forbidden',
      expected: `GET ${PATH} answers 403 to Bob, who is assistant`,
      of: refused,
      seen: `it answered ${refused.status}${refused.headers.location ? ` to ${refused.headers.location}` : ''}`,
      cause:
        refused.status >= 300 && refused.status < 400
          ? 'the app redirects Bob and does not say that he is not allowed: a login brings the same role again, and can end in a loop'
          : refused.status >= 500
            ? 'the app fails for a user who lacks the role'
            : 'another status than Forbidden: 401 means that nobody is logged in, 404 that there is nothing',
      next: 'answer 403 with a page that says so',
    }));
    expectThat(!carries(refused, entered, assistant, manager), () => ({
      id: 'refusal-with-content',
      expected: `GET ${PATH} answers 403 to Bob, without the content of the page`,
      of: [refused, entered],
      seen: `it answered 403, with the same page that Ann gets: ${text(refused).slice(0, 120)}`,
      cause:
        'the status refuses Bob, but the page is sent anyway: the check of the role sets the status and continues',
      next: 'stop there: throw, or return after the answer, and call next() only for users who have the role',
    }));
    const open = await otherSpelling(on, PATH, assistant);
    expectThat(open === undefined, () => ({
      id: 'role-by-path',
      expected: `Bob gets the page of ${PATH} at no other spelling of the path either`,
      of: open,
      seen: `GET ${open?.url.pathname}${open?.url.search} answered 200 to Bob`,
      cause:
        'the check of the role compares the address itself, and the router takes more spellings for the same route: with a slash at the end, in capitals, or with a query',
      next: `let the route itself ask for the role: router.get('${PATH}', requireLogin, requireRole('manager'), …)`,
    }));
    const stored = storedForOthers(entered);
    expectThat(stored === undefined, () => ({
      id: 'private-page-stored',
      expected: `GET ${PATH} with Cache-Control: no-store or private`,
      of: entered,
      seen: `it answered Ann with Cache-Control: ${stored}`,
      cause:
        'every cache on the way, and the browser after her logout, can give the stored page to the next user, and the app does not check the role',
      next: 'send Cache-Control: no-store with every page that is not for everybody',
    }));
    const similar = await withRoles(on, PATH, assistant, ['not-a-manager', 'managers-guest']);
    expectThat(similar.status !== 200, () => ({
      id: 'role-by-part-of-name',
      expected: `GET ${PATH} answers 403 to Bob, also with the roles not-a-manager and managers-guest`,
      of: similar,
      seen: 'with these roles it answered 200',
      cause:
        'the app searches a string for the role, so a part of another role’s name is enough: includes and indexOf of a string find parts of words',
      next: 'compare whole names: includes of a list',
    }));
    const promoted = await withRoles(on, PATH, assistant, ['manager']);
    expectThat(promoted.status === 200, () => ({
      id: 'claims-of-first-login',
      expected: `GET ${PATH} answers 200 to Bob once the tenant has made him a manager and he logs in again`,
      of: promoted,
      seen: `the new ID token says manager, and it answered ${promoted.status}`,
      cause:
        'the app uses what an earlier ID token said about the user: a role that is given or taken away at the tenant never reaches it',
      next: 'take the claims of the new ID token at each login',
    }));
    const cookie = await roleCookie(on, PATH, { assistant, manager });
    expectThat(cookie === undefined, () => ({
      id: 'role-from-cookie',
      expected: `GET ${PATH} answers 403 to Bob, also when he changes a cookie`,
      of: refused,
      seen: `it answered 200 as soon as Bob changed the cookie ${cookie}`,
      cause:
        'the app reads the role from a cookie. Users can write any value into a cookie, so everybody can become a manager',
      next: 'read the role from the ID token’s claims in the session, which is on the server',
    }));
    const stranger = await on.browser().get(`${on.app}${PATH}`, { follow: false });
    expectThat([302, 303, 307].includes(stranger.status), () => ({
      id: 'stranger-not-sent-to-log-in',
      expected: `GET ${PATH} without a session leads to the login`,
      of: stranger,
      seen: `it answered ${stranger.status}`,
      cause: 'the app checks the role before the login: it refuses a manager who is not logged in yet',
      next: 'put requireLogin before the role, as on the other private pages',
    }));
  });

  check('5.menu', '5.5', 'the menu shows the office to managers only', async (on) => {
    const [manager, assistant] = [await ann(on), await bob(on)];
    const [hers, his] = [
      await manager.browser.get(`${on.app}/profile`),
      await assistant.browser.get(`${on.app}/profile`),
    ];
    expectThat(leadsThere(hers), () => ({
      expected: `a link to ${PATH} on Ann’s pages, who is manager`,
      of: hers,
      seen: `GET /profile answered ${hers.status} without one`,
      next: 'add the entry to the menu, for users with the role manager',
      ...(rolesUnknown(manager)
        ? {
            id: 'role-unknown',
            cause: 'the ID token does not say her role: that is task 5.2',
            waitsFor: '5.id-token',
          }
        : {
            id: 'no-menu-entry',
            cause: text(hers).includes(manager.user.roles[0] ?? '')
              ? 'her page says that she is manager, and its menu has no entry for managers: there is none, or it asks for another name of the role'
              : 'her page does not say that she is manager either: the app does not find the role in the ID token',
          }),
    }));
    expectThat(!leadsThere(his), () => ({
      id: 'menu-for-all',
      expected: `no link to ${PATH} on Bob’s pages, who is assistant`,
      of: his,
      seen: 'GET /profile has one',
      cause:
        'the menu shows the entry to everybody who is logged in: it does not ask for the role, or the entry is outside of that condition. It leads Bob to a page that refuses him',
      next: 'show it only to users with the role manager; in Pug the entry is one level deeper than its if',
    }));
    const start = await on.browser().get(`${on.app}/`);
    expectThat(start.status === 200 && !leadsThere(start), () => ({
      id: 'menu-without-user',
      expected: 'the start page answers 200 without the entry to somebody who is not logged in',
      of: start,
      seen: `it answered ${start.status}${leadsThere(start) ? ', with a link to the office' : ''}`,
      cause: leadsThere(start)
        ? 'the menu shows the entry without asking for the role'
        : 'the menu reads the role of a user who is not there',
      next: 'ask first whether there is a user: if user && …',
    }));
  });
});

function whyRefusedPage(
  page: Page,
  manager: LoggedIn,
  assistant: LoggedIn,
  { profile, afterLogin }: { profile: string; afterLogin: Page | undefined },
): { id: string; cause: string; waitsFor?: string; next?: string } {
  if (page.status === 404)
    return { id: 'no-office', cause: `the app has no route ${PATH} yet`, next: `build the route ${PATH}` };
  const task = unfinished(page);
  if (task) return { id: 'no-office', next: 'do task 5.4', ...task };
  if (rolesUnknown(manager))
    return {
      id: 'role-unknown',
      cause: 'the ID token does not say her role: that is task 5.2',
      waitsFor: '5.id-token',
    };
  if (page.status >= 500)
    return { id: 'office-fails', cause: 'the app fails to make the page; its own output says why' };
  const [role = '', his = ''] = [manager.user.roles[0], assistant.user.roles[0]];
  if (!profile.includes(role))
    return {
      id: 'manager-kept-out',
      cause: profile.includes(his)
        ? `the app takes her for ${his}, as Bob is, who logged in after her: it has one place for everybody, such as app.locals or a variable of the module`
        : 'the ID token says that she is manager, and her profile does not say it either: the app reads the claim by another name, or does not keep it (task 5.3)',
      waitsFor: '5.profile',
    };
  if (afterLogin?.status === 200)
    return {
      id: 'attributes-shared',
      cause: `right after she logs in once more she gets in, and after Bob's login she does not: the check of the role looks at the user who logged in last, in one place for everybody, such as a variable of the module`,
      next: 'use the session of the current request: req.session.user',
    };
  return {
    id: 'manager-kept-out',
    cause:
      'her profile says that she is manager, and the route refuses her: it asks for another name of the role, or compares the whole list with a text',
  };
}
