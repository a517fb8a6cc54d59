import { check, expectThat, type Page, type Site, type TestEnvironment } from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';
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
/** Milliseconds that the tenant takes for a refresh: less than the app's limit, and long enough for a race. */
const SLOW = 600;
/** Milliseconds within which requests count as sent at the same time. */
const TOGETHER = 250;
/** Pages after which an app whose lock never ends is given up. */
const MOST_PAGES = 40;

describe('07 Store sessions and tokens: the refresh', () => {
  check('7.one-refresh', '7.3', '50 requests over both processes need one refresh', (on) =>
    anywhere(on, async () => {
      const { browser } = await logIn(on, 1);
      await on.pass(1050);
      const before = refreshes(on).length;
      on.tenantFaults.decide = ({ url }) => (url?.startsWith('/oauth/token') ? { wait: SLOW } : undefined);
      const pages = await Promise.all(
        Array.from({ length: AT_ONCE }, () => appointments(on, browser)),
      ).finally(() => on.tenantFaults.clear());
      const sent = refreshes(on).slice(before);
      const failed = pages.filter((page) => !showsAppointments(page));
      expectThat(sent.length <= 1, () => ({
        expected: `${AT_ONCE} requests that find an expired access token need one refresh, whichever process answers`,
        of: sent.slice(0, 2),
        seen: `the tenant got ${sent.length} refreshes, and ${failed.length} of ${AT_ONCE} pages failed`,
        ...whySeveral(sent),
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
        // The lock of the dead process ends by itself; until then, the app may ask for a little patience.
        do {
          pages.push(await browser.get(`${on.app}/appointments`));
        } while (pages.at(-1)?.status === 503 && pages.length < MOST_PAGES && (await stillLocked(on)));
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
  let arrived = (_isThere: boolean) => {};
  let goOn = () => {};
  const isThere = new Promise<boolean>((resolve) => {
    arrived = resolve;
  });
  const until = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  on.tenantFaults.decide = ({ url }) => {
    if (!url?.startsWith('/oauth/token')) return undefined;
    arrived(true);
    return { until };
  };
  try {
    site.route(0);
    const page = browser.get(`${on.app}/appointments`, { follow: false }).catch(() => undefined);
    const sent = await Promise.race([isThere, page.then(() => false)]);
    await site.kill(0);
    site.route('both');
    await page;
    return sent;
  } finally {
    goOn();
    on.tenantFaults.clear();
  }
}

/** Lets a little time pass for a lock that ends by itself. */
async function stillLocked(on: TestEnvironment): Promise<true> {
  await on.pass(250);
  return true;
}

function whySeveral(sent: readonly Message[]) {
  const [first, second] = sent;
  const apart = (second?.at ?? 0) - (first?.at ?? 0);
  if (sent.length === 2 && apart < TOGETHER)
    return {
      id: 'lock-in-process',
      cause:
        'each process refreshed once: its requests share one refresh, and the other process knows nothing of it. The refresh token was used twice, so the tenant ends the login',
      next: 'take the lock in the store that all processes share, before you refresh (task 7.3)',
    };
  if (apart >= TOGETHER && apart < SLOW)
    return {
      id: 'lock-too-short',
      cause: `the second refresh began ${apart} ms after the first one, which was still running: the lock ended too early, or another process released it`,
      next: 'give the lock a lifetime longer than the request to the tenant may take (LOCK_SECONDS), and release it only if your own process holds it',
    };
  if (apart >= SLOW)
    return {
      id: 'refreshed-again',
      cause:
        'the requests that waited for the lock refreshed once more, with the tokens that they had read before: by then the refresh token was used',
      next: 'read the tokens again when you have the lock, as #renewNow does, and save the new ones before the lock is released',
    };
  return {
    id: 'no-single-flight',
    cause: 'the requests of one process do not even share a refresh: each one refreshes for itself',
    next: 'share the running refresh within the process (task 4.3), and take the lock for it (task 7.3)',
  };
}
