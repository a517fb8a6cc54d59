import { check, expectThat, type Page, type TestEnvironment, text } from '../../../shared/checks';
import { roleCookie } from './role-cookie';
import { ann, bob, claimsWith, type LoggedIn } from './two-users';

const PATH = '/office';

const office = (on: TestEnvironment, { browser }: LoggedIn) =>
  browser.get(`${on.app}${PATH}`, { follow: false });

/** Whether a page leads to the office. */
const leadsThere = (page: Page) => /<a\b[^>]*href=["']?[^"'>]*\/office(?=["'\s>?#/])/i.test(page.body);

/** Before the app can know the role, nothing can be said of what it makes of it. */
const rolesUnknown = (one: LoggedIn) => claimsWith(one.idToken, one.user.roles[0] ?? '').length === 0;

describe('05 Attributes and roles: a page for one role', () => {
  check('5.office', '5.4', 'the office is for managers, on the route itself', async (on) => {
    const [manager, assistant] = [await ann(on), await bob(on)];
    const refused = await office(on, assistant);
    expectThat(refused.status !== 200, () => ({
      id: 'role-not-checked',
      expected: `GET ${PATH} answers 403 to Bob, who is assistant`,
      of: refused,
      seen: `it answered 200${leadsThere(assistant.page) ? '' : ', though no link on his page leads there'}`,
      cause:
        'the route does not ask for the role, or what asks lets everybody through; which is not known. What the menu leaves out can still be asked for by its address (forced browsing)',
      next: 'ask for the role on the route, before the page is made, and go on with next() only for who has it',
    }));
    const entered = await office(on, manager);
    expectThat(entered.status === 200, () => ({
      expected: `GET ${PATH} answers 200 to Ann, who is manager`,
      of: entered,
      seen: `it answered ${entered.status}: ${text(entered).slice(0, 120)}`,
      next: 'compare with the name that the tenant gives the role: manager',
      ...whyKeptOut(entered, manager),
    }));
    expectThat(refused.status === 403, () => ({
      id: 'not-forbidden',
      expected: `GET ${PATH} answers 403 to Bob, who is assistant`,
      of: refused,
      seen: `it answered ${refused.status}${refused.headers.location ? ` to ${refused.headers.location}` : ''}`,
      cause:
        refused.status >= 300 && refused.status < 400
          ? 'Bob is sent elsewhere, and not told that he may not: a login would bring the same role again, and may end in a loop'
          : refused.status >= 500
            ? 'the app fails for a user who lacks the role'
            : 'another status than Forbidden: 401 means that nobody is logged in, 404 that there is nothing',
      next: 'answer 403 with a page that says so',
    }));
    const cookie = await roleCookie(on, PATH, { assistant, manager });
    expectThat(cookie === undefined, () => ({
      id: 'role-from-cookie',
      expected: `GET ${PATH} answers 403 to Bob, also when he changes a cookie`,
      of: refused,
      seen: `it answered 200 as soon as Bob changed the cookie ${cookie}`,
      cause:
        'the app reads the role from a cookie. Users can write any value into a cookie, so everybody can become a manager',
      next: 'read the role from the ID token’s claims in the session, which stays on the server',
    }));
    const stranger = await on.browser().get(`${on.app}${PATH}`, { follow: false });
    expectThat([302, 303, 307].includes(stranger.status), () => ({
      id: 'stranger-not-sent-to-log-in',
      expected: `GET ${PATH} without a session leads to the login`,
      of: stranger,
      seen: `it answered ${stranger.status}`,
      cause:
        'the role is asked for before it is known who comes: a manager who is not logged in yet is turned away',
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
            cause:
              'the menu has no entry for it, or asks for another role than manager; which of the two is not known',
          }),
    }));
    expectThat(!leadsThere(his), () => ({
      id: 'menu-for-all',
      expected: `no link to ${PATH} on Bob’s pages, who is assistant`,
      of: his,
      seen: 'GET /profile has one',
      cause:
        'the menu shows the entry to everybody who is logged in: it does not ask for the role, or the entry does not belong to the question; which is not known. It leads Bob to a page that turns him away',
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

function whyKeptOut(
  page: Page,
  manager: LoggedIn,
): { id: string; cause: string; waitsFor?: string; next?: string } {
  if (page.status === 404)
    return { id: 'no-office', cause: `the app has no route ${PATH} yet`, next: `build the route ${PATH}` };
  if (page.status === 501) return { id: 'no-office', cause: 'the task is not done yet' };
  if (rolesUnknown(manager))
    return {
      id: 'role-unknown',
      cause: 'the ID token does not say her role: that is task 5.2',
      waitsFor: '5.id-token',
    };
  if (page.status >= 500)
    return { id: 'office-fails', cause: 'the app fails to make the page; its own output says why' };
  return {
    id: 'manager-kept-out',
    cause:
      'the ID token says that she is manager, and the route does not find it: another name for the role, a list that is compared as a text, or the role is not stored in the session (task 5.3); which is not known',
  };
}
