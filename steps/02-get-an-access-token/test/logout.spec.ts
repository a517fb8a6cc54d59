import {
  check,
  expectThat,
  type Form,
  forms,
  isLoggedIn,
  links,
  type Page,
  submitOwn,
  type TestEnvironment,
} from '../../../shared/checks';
import { needsProfile } from './profile';

describe('02 Get an access token: logging out', () => {
  check('2.logout', '2.5', 'a user who logs out is logged out everywhere', async (on) => {
    await needsProfile(on);
    const browser = on.browser();
    await on.logIn(browser);
    expectThat(await isLoggedIn(on, browser), () => ({
      id: 'nobody-to-log-out',
      expected: 'a user who is logged in and can log out',
      of: { method: 'GET', path: '/profile' },
      seen: 'after the login /profile does not show the user',
      cause: 'the login does not work yet',
      next: 'fix the login first',
    }));
    const cookie = await browser.cookies(on.app);
    const done = await logOut(on, browser);
    expectThat(!(await isLoggedIn(on, browser)), () => ({
      id: 'not-logged-out',
      expected: 'after the logout /profile leads to the login',
      of: { method: 'GET', path: '/profile' },
      seen: `${done}, and /profile still shows the user`,
      cause: 'the session is not destroyed',
      next: 'destroy the session on the server; clearing the cookie is not enough',
    }));
    const replayed = await on.browser().get(`${on.app}/profile`, { follow: false, headers: { cookie } });
    expectThat(!replayed.body.includes(on.user.email), () => ({
      id: 'session-survives-logout',
      expected: 'a copy of the old cookie is invalid',
      of: replayed,
      seen: 'GET /profile with the cookie from before the logout shows the user',
      cause: 'only the cookie was cleared: the session itself lives on the server, or in the cookie',
      next: 'destroy the session on the server',
    }));
  });
});

const LOGOUT = /log-?out|sign-?out|session\/end/i;

/** Logs out as the app offers it: at /logout, or by a form or a link on the user's pages. Says what was done. */
async function logOut(on: TestEnvironment, browser: ReturnType<TestEnvironment['browser']>): Promise<string> {
  const page = await browser.get(`${on.app}/logout`);
  // A page that asks may send its form anywhere; a form of the page after the logout is another matter.
  const asked =
    page.url.pathname === '/logout' ? forms(page).find(({ method }) => method === 'POST') : undefined;
  const form = formOf(page) ?? asked;
  if (form) {
    await submitOwn(on, browser, page, form);
    return 'the form was sent';
  }
  const answered = `GET /logout answered ${page.status} without a form`;
  if (page.status < 400) return answered;
  for (const path of ['/profile', '/']) {
    const offering = await browser.get(`${on.app}${path}`);
    const there = formOf(offering);
    if (there) {
      await submitOwn(on, browser, offering, there);
      return `${answered}; the form of ${path} was sent`;
    }
    const link = links(offering).find(({ pathname, search }) => LOGOUT.test(pathname + search));
    if (link) {
      await browser.get(link);
      return `${answered}; the link of ${path} to ${link.pathname} was followed`;
    }
  }
  return `${answered}, and no page has a form or a link for it`;
}

const formOf = (page: Page): Form | undefined =>
  forms(page).find(({ action }) => LOGOUT.test(action.pathname));
