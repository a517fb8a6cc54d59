import {
  ANN,
  Diagnosis,
  type Found,
  gist,
  loggedIn,
  type Page,
  type TestEnvironment,
  text,
} from '../../../shared/checks';

/** What the profile shows after the ordinary login. */
export const profile = (on: TestEnvironment): Promise<Page> =>
  on.once('profile', async () => {
    const { browser } = await loggedIn(on);
    return browser.get(`${on.app}/profile`);
  });

/** @throws Diagnosis unless the profile shows who is logged in: what is looked for there says nothing before. */
export async function needsProfile(on: TestEnvironment): Promise<void> {
  const page = await profile(on);
  if (page.status !== 200 || !page.body.includes(ANN.email))
    throw new Diagnosis({ ...incomplete(page), waitsFor: '2.profile' });
  const stranger = await strangersProfile(on);
  if (stranger.body.includes(ANN.email)) throw new Diagnosis(sharedWithStranger(stranger));
}

/** The profile in a browser that never logged in, after somebody else has. */
export const strangersProfile = (on: TestEnvironment): Promise<Page> =>
  on.once('profile of a stranger', () => on.browser().get(`${on.app}/profile`, { follow: false }));

export const sharedWithStranger = (stranger: Page): Found => ({
  ...sharedUser(ANN.name, 'a browser that never logged in'),
  of: stranger,
  waitsFor: '2.profile-private',
});

/** One user is shown to a browser of another one. */
export const sharedUser = (name: string, where: string): Omit<Found, 'of'> => ({
  id: 'user-shared',
  expected: 'each browser sees the user who logged in there',
  seen: `GET /profile in ${where} showed ${name}`,
  cause:
    'the user is stored in one place for everybody, such as a variable of the module: all browsers show the user who logged in last',
  next: 'keep the user in req.session (task 2.4), and read it from there',
});

/** The profile does not show the user. */
export function incomplete(page: Page): Found {
  const missing = missingIn(page);
  return {
    id: 'profile-incomplete',
    expected: `GET /profile shows ${ANN.name} and ${ANN.email}`,
    of: page,
    seen: `GET ${page.url.pathname} answered ${answerOf(page)}`,
    cause:
      page.url.pathname !== '/profile'
        ? 'the session was not stored: the app does not know the user on the next request'
        : `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing: the ID token’s claims are not shown`,
    next: 'keep the claims in the session at the callback (task 2.4), and show name and email (task 2.5)',
  };
}

export const missingIn = (page: Page): string[] =>
  [ANN.name, ANN.email].filter((word) => !text(page).includes(word));

/** A page in a few words. */
export const answerOf = (page: Page) => `${page.status}, "${gist(page).slice(0, 100)}"`;
