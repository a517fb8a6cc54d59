import { check, expectThat, type Page, type Site, type TestEnvironment } from '../../../shared/checks';
import { holdRefreshes, type Several, SLOW, whySeveral } from './refresh-causes';
import {
  anywhere,
  appointments,
  isLoggedIn,
  logIn,
  onSite,
  profile,
  refreshes,
  seenOf,
  showsAppointments,
} from './site';

/** Requests that arrive at the same time. */
const AT_ONCE = 50;
/** Milliseconds that the API takes meanwhile: whoever saves the new tokens after their use has not saved them yet. */
const SLOW_API = 300;
/** Milliseconds within which a page shows that it waits for no lock, which ends after two seconds; and how many pages may be slow. */
const [AT_ONCE_MS, SLOW_PAGES] = [1500, 3];
/** Milliseconds after which an app whose lock never ends is given up: longer than a lock lives. */
const GIVES_UP_AFTER = 5000;

describe('07 Store sessions and tokens: the refresh', () => {
  check('7.one-refresh', '7.3', '50 requests over both processes need one refresh', (on) =>
    anywhere(on, async (site) => {
      const { browser } = await logIn(on, 1);
      await on.pass(1050);
      const before = refreshes(on).length;
      on.tenantFaults.decide = ({ url }) => (url?.startsWith('/oauth/token') ? { wait: SLOW } : undefined);
      on.apiFaults.decide = () => ({ wait: SLOW_API });
      const pages = await Promise.all(
        Array.from({ length: AT_ONCE }, () => appointments(on, browser)),
      ).finally(() => {
        on.tenantFaults.clear();
        on.apiFaults.clear();
      });
      const sent = refreshes(on).slice(before);
      const failed = pages.filter((page) => !showsAppointments(page));
      const several = sent.length > 1 ? await whySeveral(on, site, sent) : undefined;
      expectThat(several === undefined, () => ({
        expected: `${AT_ONCE} requests that find an expired access token need one refresh, whichever process answers`,
        of: sent.slice(0, 2),
        seen: `the tenant got ${sent.length} refreshes, and ${failed.length} of ${AT_ONCE} pages failed`,
        ...(several as Several),
      }));
      expectThat(sent.length === 1, () => ({
        id: 'no-refresh-over-processes',
        expected: 'one refresh',
        of: pages[0],
        seen: `the access token had expired, and the app sent no refresh; ${failed.length} of ${AT_ONCE} pages failed: ${failed[0] ? seenOf(failed[0]) : ''}`,
        cause:
          'the work under the lock never begins: the lock cannot be taken, or an error on the way is taken for the end of the session',
        next: 'when the lock is taken, return work()',
      }));
      expectThat(failed.length === 0, () => ({
        id: 'waiting-requests-fail',
        expected: `${AT_ONCE} answers of 200`,
        of: [failed[0], sent[0]].filter((one) => one !== undefined),
        seen: `one refresh, and ${failed.length} of ${AT_ONCE} pages failed: ${failed[0] ? seenOf(failed[0]) : ''}`,
        cause:
          'a request that cannot take the lock gives up, or waits for less time than a refresh may take, or goes on with the old tokens when it has waited',
        next: 'try again until the lock is free; then the work reads the tokens again, and finds the new ones',
      }));
      const later = await appointments(on, browser);
      expectThat(showsAppointments(later) && refreshes(on).length === before + 1, () => ({
        id: 'refresh-not-shared',
        expected: 'after the refresh all processes have the new tokens',
        of: later,
        seen: `one more page answered ${seenOf(later)}, after ${refreshes(on).length - before} refreshes in all`,
        cause: 'the new tokens are not in the store, or not those that another process finds',
        next: 'save the new tokens in the store before the lock is released',
      }));
    }),
  );

  check('7.lock-released', '7.3', 'a refresh that fails leaves no lock behind', (on) =>
    onSite(on, async (site) => {
      const all: { page: Page; took: number }[] = [];
      // A page can be slow for other reasons, but not each.
      do all.push(await afterFailedRefresh(on, site));
      while (Number(all.at(-1)?.took) > AT_ONCE_MS && all.length < SLOW_PAGES);
      const { page, took } = all.at(-1) as { page: Page; took: number };
      expectThat(took <= AT_ONCE_MS, () => ({
        id: 'lock-not-released',
        expected: 'when a refresh has failed, the next request can refresh at once',
        of: page,
        seen: `the tenant answered 503 to a refresh of process 1; then GET /appointments at process 2 took ${took} ms, until the lock had ended by itself`,
        cause:
          'the lock is released only when the work succeeds and not when it throws, or with another owner than the one that took it, and so never',
        next: 'release the lock in finally, with the owner that took it',
      }));
      expectThat(showsAppointments(page), () => ({
        id: 'failed-refresh-final',
        expected: 'when the tenant answers again, GET /appointments shows the appointments',
        of: page,
        seen: `the tenant answered 503 to a refresh of process 1; then GET /appointments at process 2 answered ${seenOf(page)}`,
        cause: 'the failure of the tenant is taken for the end of the session, or the lock is not released',
        next: 'end the session only on invalid_grant (task 4.5), and release the lock in finally',
      }));
    }),
  );

  check(
    '7.killed-while-refreshing',
    '7.3',
    'a process that is killed while it refreshes leaves no half-dead session',
    (on) =>
      onSite(on, async (site) => {
        const { browser } = await logIn(on, 1);
        await on.pass(1050);
        const sent = await killedInRefresh(on, site, browser);
        expectThat(sent, () => ({
          id: 'no-refresh-over-processes',
          expected: 'a refresh once the access token has expired',
          seen: 'the access token had expired, and the app sent no refresh',
          cause: 'the work under the lock never begins',
          next: 'fix what 7.one-refresh finds first',
          waitsFor: '7.one-refresh',
        }));
        const pages: Page[] = [];
        const begun = performance.now();
        // The lock of the dead process ends by itself; until then, the app may ask for a little patience.
        do {
          pages.push(await browser.get(`${on.app}/appointments`));
        } while (
          pages.at(-1)?.status === 503 &&
          performance.now() - begun < GIVES_UP_AFTER &&
          (await stillLocked(on))
        );
        await site.start(0);
        const [last, busy] = [pages.at(-1) as Page, pages.filter(({ status }) => status === 503)];
        expectThat(last.status !== 503, () => ({
          id: 'lock-never-ends',
          expected: 'the session goes on, or ends in a login',
          of: last,
          seen: `process 1 was killed during a refresh, and ${busy.length} pages of process 2 answered 503`,
          cause:
            'the lock of the process that was killed is never released: no other process can refresh for this session any more',
          next: 'give the lock a lifetime (LOCK_SECONDS) when you take it, so that it ends by itself',
        }));
        const again = await browser.get(`${on.app}/appointments`);
        const user = await profile(on, browser);
        expectThat([last, again].every(showsAppointments) && isLoggedIn(user), () => ({
          id: 'half-dead-session',
          expected: 'the session goes on, or ends in a login that returns to the page',
          of: [last, again].find((page) => !showsAppointments(page)) ?? user,
          seen: `process 1 was killed during a refresh; then process 2 answered ${seenOf(last)}, ${seenOf(again)} and GET /profile ${seenOf(user)}`,
          cause:
            'nobody knows whether the tenant has answered the process that was killed: the next refresh may be refused, and that is no error but the end of the session',
          next: 'refresh with the stored refresh token; on invalid_grant delete the tokens, and send the user to the login (task 4.5)',
        }));
      }),
  );
});

/** Kills the first process while the tenant works on its refresh. False if it sends none. */
async function killedInRefresh(
  on: TestEnvironment,
  site: Site,
  browser: ReturnType<TestEnvironment['browser']>,
) {
  const { arrived, goOn } = holdRefreshes(on);
  try {
    site.route(0);
    const page = browser.get(`${on.app}/appointments`, { follow: false }).catch(() => undefined);
    const sent = await Promise.race([arrived, page.then(() => false)]);
    await site.kill(0);
    site.route('both');
    await page;
    return sent;
  } finally {
    goOn();
  }
}

/** A page of the second process, after a refresh of the first one that failed; and the milliseconds that it took. */
async function afterFailedRefresh(on: TestEnvironment, site: Site): Promise<{ page: Page; took: number }> {
  const { browser } = await logIn(on, 1);
  await on.pass(1050);
  // The lock is older than this: a slow machine takes nothing from its life.
  let begun = performance.now();
  on.tenantFaults.decide = ({ url }) => {
    if (!url?.startsWith('/oauth/token')) return undefined;
    begun = performance.now();
    return { status: 503 };
  };
  site.route(0);
  await appointments(on, browser).finally(() => on.tenantFaults.clear());
  site.route(1);
  const page = await appointments(on, browser).finally(() => site.route('both'));
  return { page, took: Math.round(performance.now() - begun) };
}

/** Lets a little time pass for a lock that ends by itself. */
async function stillLocked(on: TestEnvironment): Promise<true> {
  await on.pass(250);
  return true;
}
