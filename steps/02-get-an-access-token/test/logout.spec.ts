import { check, expectThat, forms, isLoggedIn } from '../../../shared/checks';
import { needsProfile } from './profile';

describe('02 Get an access token: logging out', () => {
  check('2.logout', '2.5', 'who logs out is logged out, for good', async (on) => {
    await needsProfile(on);
    const browser = on.browser();
    await on.logIn(browser);
    expectThat(await isLoggedIn(on, browser), () => ({
      id: 'nobody-to-log-out',
      expected: 'a user who is logged in, to be logged out',
      of: { method: 'GET', path: '/profile' },
      seen: 'after the log-in /profile does not show the user',
      cause: 'the log-in does not work yet',
      next: 'mend the log-in first',
    }));
    const cookie = await browser.cookies(on.app);
    const page = await browser.get(`${on.app}/logout`);
    const all = forms(page);
    // A page that asks may send its form anywhere; a form of the page after the log-out is another matter.
    const asked = page.url.pathname === '/logout' ? all.find(({ method }) => method === 'POST') : undefined;
    const form = all.find(({ action }) => /log-?out|sign-?out/.test(action.pathname)) ?? asked;
    if (form) await browser.submit(page, form);
    expectThat(!(await isLoggedIn(on, browser)), () => ({
      id: 'not-logged-out',
      expected: 'after the log-out /profile leads to the log-in',
      of: { method: 'GET', path: '/profile' },
      seen: form
        ? 'the form was sent, and /profile still shows the user'
        : `GET /logout answered ${page.status} without a form, and /profile still shows the user`,
      cause: 'the session is not destroyed',
      next: 'destroy the session on the server; clearing the cookie is not enough',
    }));
    const replayed = await on.browser().get(`${on.app}/profile`, { follow: false, headers: { cookie } });
    expectThat(!replayed.body.includes(on.user.email), () => ({
      id: 'session-survives-logout',
      expected: 'a copy of the old cookie is worth nothing',
      of: replayed,
      seen: 'GET /profile with the cookie from before the log-out shows the user',
      cause: 'only the cookie was cleared: the session itself lives on the server, or in the cookie',
      next: 'destroy the session on the server',
    }));
  });
});
