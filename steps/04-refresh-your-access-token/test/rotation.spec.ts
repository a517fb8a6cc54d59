import { setTimeout as delay } from 'node:timers/promises';
import { BOB, check, expectThat, type Page, type TestEnvironment } from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';
import {
  callsToApi,
  ended,
  needsRefresh,
  needsRefreshToken,
  refreshes,
  refusal,
  session,
  shows,
  subjectOf,
} from './sessions';

/** Milliseconds that the tenant takes its time for: long enough for requests that come at once to meet. */
const SLOWLY = 150;

describe('04 Refresh your access token: one at a time', () => {
  check('4.parallel', '4.3', 'parallel requests share one refresh', async (on) => {
    const one = await session(on, 'parallel');
    needsRefreshToken(one);
    const before = refreshes(on).length;
    const five = () => Array.from({ length: 5 }, () => one.browser.get(`${on.app}/appointments`));
    // Some come together; others once the refresh is answered, while the first are still at work with what it brought.
    const meeting = gather(10, 3 * SLOWLY);
    on.apiFaults.decide = () => ({ until: meeting.comes() });
    const logins = on.recorder.between('browser', 'app', '/login').length;
    const first = five();
    // The app begins with all five before it answers this one, however busy the machine is.
    const begun = one.browser.get(`${on.app}/`).catch(() => {});
    on.tenantFaults.decide = ({ url }) =>
      url?.startsWith('/oauth/token') ? { until: Promise.race([begun, delay(3 * SLOWLY)]) } : undefined;
    const over = Promise.allSettled(first).then(() => true);
    while (refreshes(on)[before]?.status !== 200 && !(await Promise.race([over, soon()])));
    const all = [...first, ...five()];
    for (const page of all) page.then(meeting.comes, meeting.comes);
    const pages = await Promise.all(all).finally(() => {
      on.apiFaults.clear();
      on.tenantFaults.clear();
    });
    const sent = refreshes(on).length - before;
    needsRefresh(on, sent, 'one refresh for ten parallel requests');
    const failed = pages.filter((page) => !shows(page));
    const refused = refreshes(on)
      .slice(before)
      .some(({ status }) => status !== 200);
    expectThat(sent === 1 || !refused, () => ({
      id: 'parallel-refresh',
      expected: 'one refresh, and ten pages with the appointments',
      of: refreshes(on).slice(before),
      seen: `${sent} refreshes, ${failed.length} of ten pages failed; the tenant’s log: ${refusal(on)}`,
      cause:
        'several requests refreshed: the second one sent a refresh token that is used up, which looks like a theft, and the whole family was ended. Either each request refreshes by itself, or a late one still held the tokens from before',
      next: 'let the first request refresh and the others wait for its promise; whoever comes later looks first whether there are newer tokens',
    }));
    expectThat(sent === 1 || failed.length > 0, () => ({
      id: 'refreshed-again',
      expected: 'one refresh, and ten pages with the appointments',
      of: refreshes(on).slice(before),
      seen: `${sent} refreshes, one after the other, all of them accepted`,
      cause:
        'a late request refreshed once more, although the tokens were already new: it looked only at the tokens that it had read before',
      next: 'before you refresh, look whether the stored tokens are still those that the request saw',
    }));
    expectThat(failed.length === 0, () => ({
      expected: 'one refresh, and ten pages with the appointments',
      of: [failed[0], ...refreshes(on).slice(before)],
      seen: `${sent} refreshes, all accepted, and ${failed.length} of ten pages failed; of these ${failed[0] ? ended(failed[0]) : 'none'}`,
      next: 'let each request that waited go on with the new access token',
      ...(on.recorder.between('browser', 'app', '/login').length > logins
        ? {
            id: 'login-while-refreshing',
            cause:
              'requests that arrive while a refresh is running are sent to the login: the app notes that it refreshes, and nobody waits for it',
            next: 'keep the promise of the running refresh by session, and let these requests await it',
          }
        : {
            id: 'parallel-pages-fail',
            cause: 'the refresh is right, but the requests that waited do not use its result',
          }),
    }));
  });

  check('4.two-users', '4.3', 'two users who refresh at the same time get their own tokens', async (on) => {
    const [ann, bob] = [await session(on, 'ann'), await session(on, 'bob')];
    for (const one of [ann, bob]) needsRefreshToken(one);
    const [before, earlier] = [refreshes(on).length, callsToApi(on).length];
    const meeting = gather(2, SLOWLY);
    on.tenantFaults.decide = ({ url }) =>
      url?.startsWith('/oauth/token') ? { until: meeting.comes() } : undefined;
    const pages = [ann, bob].map(({ browser }) => browser.get(`${on.app}/appointments`));
    const shown = await Promise.all(pages).finally(() => on.tenantFaults.clear());
    needsRefresh(on, refreshes(on).length - before, 'a refresh for each of two users');
    const calls = callsToApi(on).slice(earlier);
    const failing = shown.find((page) => !shows(page));
    expectThat(calls.length >= 2 || failing === undefined, () => ({
      id: 'refresh-blocks-others',
      expected: 'both users see their appointments',
      of: [failing, ...refreshes(on).slice(before)],
      seen: `${ann.user.name} and ${BOB.name} asked at the same time, and ${failing ? ended(failing) : 'no page'}`,
      cause:
        'the page of one user fails while the tokens of another user are refreshed: the app stores one running refresh for all users',
      next: 'store a running refresh by session: a Map from the session’s id to its promise',
    }));
    const subjects = calls.map(({ requestHeaders }) => subjectOf(requestHeaders.authorization));
    const own = [ann, bob].map(({ tokens }) => subjectOf(tokens.access_token));
    const shared = failing === undefined && refreshes(on).length - before < 2;
    const allOwn = subjects.includes(undefined) || own.every((one) => subjects.includes(one));
    expectThat(!shared || allOwn, () => ({
      id: 'refresh-shared-by-users',
      expected: 'each user’s page is fetched with that user’s access token',
      of: calls,
      seen: `${ann.user.name} and ${BOB.name} asked at the same time, while the tenant took its time, and both pages were fetched with ${subjects[0] === own[0] ? ann.user.name : BOB.name}’s access token`,
      cause:
        'there is one running refresh for the whole app: each request that arrives meanwhile gets its tokens, also one of another user',
      next: 'keep the running refresh by session: a Map from the session’s id to its promise',
    }));
  });
});

/**
 * Lets requests meet: each that comes waits until all are there.
 *
 * @param ms milliseconds after the first one when they go on in any case: of an app that is not right not all may come.
 */
function gather(wanted: number, ms: number): { comes(): Promise<void> } {
  let [missing, end] = [wanted, () => {}];
  const all = new Promise<void>((resolve) => {
    end = resolve;
  });
  let timer: NodeJS.Timeout | undefined;
  return {
    comes: () => {
      timer ??= setTimeout(end, ms);
      missing -= 1;
      if (missing > 0) return all;
      clearTimeout(timer);
      end();
      return all;
    },
  };
}

const soon = () => new Promise<false>((resolve) => setTimeout(resolve, 5, false));

describe('04 Refresh your access token: again and again', () => {
  check('4.rotation', '4.4', 'the second refresh works as the first did', async (on) => {
    const { sent, pages } = (await twoRefreshes(on)).rotating;
    const [first, second] = sent;
    needsRefresh(on, sent.length, 'a first refresh');
    expectThat(pages.every(shows) && sent.length > 1 && second?.status === 200, () => ({
      expected: 'the second refresh is sent with the refresh token that the first one brought',
      of: [sent.at(-1), first, pages[1]],
      seen: `POST /oauth/token answered ${sent.at(-1)?.status}; the tenant’s log: ${refusal(on)}; ${ended(pages[1] ?? '')}`,
      next: 'save refresh_token from every answer before you use the new access token',
      ...(tokenIn(second) !== undefined && tokenIn(second) === tokenIn(first)
        ? {
            id: 'rotation-not-saved',
            cause:
              'refresh tokens rotate: the answer brings a new one, and the old one is dead. It was not saved, so the old one was sent again, and the whole family was ended',
          }
        : {
            id: 'second-refresh-fails',
            cause:
              first?.status !== 200
                ? 'the tenant refused the first refresh already'
                : second === undefined
                  ? 'the tenant accepted the first refresh, and there was no second one: what the app stored of the answer has no refresh token'
                  : 'the first refresh went well, and the second one was sent with another token than the refresh token of its answer',
            ...(first?.status === 200 ? {} : { waitsFor: '4.refreshes' }),
          }),
    }));
  });

  check('4.no-rotation', '4.4', 'if refresh tokens do not rotate, the old one remains in use', async (on) => {
    const { sent, pages } = (await twoRefreshes(on)).steady;
    needsRefresh(on, sent.length, 'a first refresh');
    expectThat(sent.length > 1 && pages.every(shows), () => ({
      id: 'old-refresh-token-forgotten',
      expected: 'a second refresh, with the same refresh token as the first',
      of: [...sent, pages[1]],
      seen: `the tenant’s answer had no refresh_token, and ${sent.length > 1 ? 'the second refresh was refused' : 'there was no second refresh'}; ${ended(pages[1] ?? '')}`,
      cause:
        'if refresh tokens do not rotate, the answer has none, and the app replaces the valid one by undefined (RFC 6749, section 6)',
      next: 'keep response.refresh_token, or the one from before when there is none: response.refresh_token ?? before.refresh_token',
    }));
  });
});

interface Twice {
  pages: Page[];
  /** The refreshes that they sent. */
  sent: Message[];
}

/** Two pages, before each of which the access token has expired, in two sessions: both are looked at after one wait. */
const twoRefreshes = (on: TestEnvironment) =>
  on.once('two refreshes', async () => {
    const both = [await session(on, 'rotation'), await session(on, 'steady')] as const;
    for (const one of both) needsRefreshToken(one);
    const found: [Twice, Twice] = [
      { pages: [], sent: [] },
      { pages: [], sent: [] },
    ];
    const look = async (which: 0 | 1) => {
      const before = refreshes(on).length;
      // A token's times are whole seconds: of one second there may be nothing left when it arrives at the API.
      on.lifetimes = [2];
      found[which].pages.push(await both[which].browser.get(`${on.app}/appointments`));
      on.lifetimes = [];
      found[which].sent.push(...refreshes(on).slice(before));
    };
    const withoutRotation = () =>
      on.withTenant(
        ({ clients }) => {
          for (const client of clients) client.refresh_token = { rotation_type: 'non-rotating' };
        },
        () => look(1),
      );
    await look(0);
    await withoutRotation();
    await on.pass(2050);
    await look(0);
    await withoutRotation();
    return { rotating: found[0], steady: found[1] };
  });

const tokenIn = (message: { requestBody: string } | undefined) =>
  new URLSearchParams(message?.requestBody ?? '').get('refresh_token') ?? undefined;
