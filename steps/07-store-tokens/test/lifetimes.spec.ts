import { check, expectThat, NotApplicable, type Page, type TestEnvironment } from '../../../shared/checks';
import { ABSOLUTE, IDLE, isLoggedIn, logIn, onSite, profile, seenOf } from './site';

/** Seconds between two requests of a user who goes on using the app. */
const EVERY = 1500;

/** A session that is used every 25 minutes, until it has been open for longer than it may. */
const usedSession = (on: TestEnvironment) =>
  on.once('a session in use', async () => {
    const { browser } = await logIn(on);
    const pages: { after: number; page: Page }[] = [];
    for (let after = EVERY; after <= ABSOLUTE + EVERY; after += EVERY) {
      await on.pass(EVERY * 1000);
      pages.push({ after, page: await profile(on, browser) });
    }
    return pages;
  });

describe('07 Store sessions and tokens: the end of a session', () => {
  check('7.idle-end', '7.4', 'a session that nobody uses ends', (on) =>
    onSite(on, async (site) => {
      if (site.redis)
        throw new NotApplicable('Redis ends the sessions by its own clock, which no check can advance');
      const { browser } = await logIn(on);
      const cookie = await browser.cookies(on.app);
      await on.pass((IDLE + 1) * 1000);
      // The browser's cookie has ended as well, but a copy of it has not.
      const page = await on.browser().get(`${on.app}/profile`, { follow: false, headers: { cookie } });
      expectThat(!isLoggedIn(page), () => ({
        id: 'no-idle-end',
        expected: `with SESSION_IDLE_SECONDS=${IDLE}, a session ends ${IDLE} seconds after its last request`,
        of: page,
        seen: `nobody used the session for ${IDLE + 1} seconds, and then GET /profile showed the user`,
        cause:
          'the session has no idle lifetime, or another one than the setting says: maxAge of the cookie is in milliseconds, and the store ends the session by it',
        next: 'set maxAge of the session’s cookie from SESSION_IDLE_SECONDS (task 7.4)',
      }));
    }),
  );
  check('7.in-use', '7.4', 'a session that is in use goes on', (on) =>
    onSite(on, async () => {
      const early = (await usedSession(on)).filter(({ after }) => after < ABSOLUTE);
      const ended = early.find(({ page }) => !isLoggedIn(page));
      expectThat(ended?.after !== EVERY, () => ({
        id: 'ended-too-early',
        expected: `a session lives for SESSION_IDLE_SECONDS=${IDLE} after its last request`,
        of: ended?.page,
        seen: `${EVERY} seconds after the login GET /profile answered ${ended ? seenOf(ended.page) : ''}`,
        cause:
          'seconds and milliseconds are mixed up: maxAge of the cookie is in milliseconds, and iat of the ID token is in seconds',
        next: 'multiply SESSION_IDLE_SECONDS by 1000 for maxAge; compare iat with Date.now() / 1000 (task 7.4)',
      }));
      expectThat(ended === undefined, () => ({
        id: 'idle-not-renewed',
        expected: `a session that is used every ${EVERY} seconds does not end by SESSION_IDLE_SECONDS=${IDLE}`,
        of: ended?.page,
        seen: `${ended?.after} seconds after the login GET /profile answered ${ended ? seenOf(ended.page) : ''}`,
        cause:
          'the idle lifetime counts from the login and not from the last request: the cookie, or the record in the store, is not renewed',
        next: 'set rolling: true, so that each answer renews the cookie; and let `touch` of the store renew the record',
      }));
    }),
  );

  check('7.absolute-end', '7.4', 'a session ends some time after its login, however much it is used', (on) =>
    onSite(on, async () => {
      const { page } = (await usedSession(on)).at(-1) as { page: Page };
      expectThat(!isLoggedIn(page), () => ({
        id: 'no-absolute-end',
        expected: `with SESSION_ABSOLUTE_SECONDS=${ABSOLUTE}, a session ends ${ABSOLUTE} seconds after its login`,
        of: page,
        seen: `${ABSOLUTE + EVERY} seconds after the login, with a request every ${EVERY} seconds, GET /profile still showed the user`,
        cause:
          'a session that is in use never ends: whoever copied its cookie once can go on for ever. Or seconds and milliseconds are mixed up: iat of the ID token is in seconds',
        next: 'compare the time of the login with SESSION_ABSOLUTE_SECONDS at each request (task 7.4)',
      }));
    }),
  );
});
