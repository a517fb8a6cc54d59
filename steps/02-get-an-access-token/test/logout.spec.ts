import { check, expectThat, isLoggedIn, logOut } from '../../../shared/checks';
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
