import {
  ANN,
  check,
  expectThat,
  logOut,
  NotApplicable,
  type Page,
  type Site,
  type TestEnvironment,
} from '../../../shared/checks';
import {
  appointments,
  isLoggedIn,
  type Login,
  logIn,
  onSite,
  profile,
  refreshes,
  seenOf,
  showsAppointments,
  tokenRequests,
} from './site';
import { copiedTokens, type StoredToken, tokensIn } from './stored';

/** Bytes of a cookie that browsers must accept, its name and attributes included (RFC 6265, section 6.1). */
const MOST_OF_COOKIE = 4096;

/** Milliseconds within which the app must use a store that is back. */
const BACK_WITHIN = 15_000;

const WAYS = { refused: 'connections are refused', silent: 'connections are silent' };

/** A login at the first process. */
const firstLogin = (on: TestEnvironment, site: Site): Promise<Login> =>
  on.once('login at one process', async () => {
    site.route(0);
    // Nothing else explains why a login fails at one process.
    return logIn(on, undefined, '').finally(() => site.route('both'));
  });

/** What a finding says of an app whose sessions are in each process's memory. */
const inMemory = {
  id: 'store-in-memory',
  cause:
    'each process has its sessions in its own memory: the other one knows none of them, and a restart ends them all. The library calls its default the MemoryStore, and warns of it',
  next: 'in openStore, open the store that STORE_URL names (task 7.1)',
};

/** What a finding says of a session that is in the store, and that a process does not find there. */
const notRecognised = {
  id: 'session-not-recognised',
  cause:
    'the session is in the store, but the process that is asked does not find it: each process signs the cookie with a secret that it makes itself, or each process opens a file of its own',
  next: 'read SESSION_SECRET and STORE_URL from the settings, and use them unchanged: all processes have the same',
};

/** Whether the store contains a session of the user: sessions are not encrypted, tokens are. */
const hasSession = async (site: Site): Promise<boolean> => (await site.stored()).includes(ANN.email);

describe('07 Store sessions and tokens', () => {
  check('7.shared-session', '7.1', 'a user who logs in at one process is logged in at the other', (on) =>
    onSite(on, async (site) => {
      const { browser } = await firstLogin(on, site);
      site.route(1);
      const page = await profile(on, browser).finally(() => site.route('both'));
      const isStored = await hasSession(site);
      expectThat(isLoggedIn(page), () => ({
        expected: 'GET /profile shows the user, whichever process answers',
        of: page,
        seen: `the login was at process 1; then, at process 2, GET /profile answered ${seenOf(page)}`,
        ...(page.status >= 500
          ? {
              id: 'session-unreadable',
              cause:
                'the second process cannot read what the first one stored: perhaps it uses a key or a secret of its own',
              next: 'look at the output of the app: all processes must have the same SESSION_SECRET and STORE_KEYS',
            }
          : isStored
            ? notRecognised
            : inMemory),
      }));
    }),
  );

  check('7.shared-tokens', '7.1', 'the other process has the tokens of the session too', (on) =>
    onSite(on, async (site) => {
      const { browser } = await firstLogin(on, site);
      const before = refreshes(on).length;
      const calls = on.recorder.between('app', 'api').length;
      site.route(1);
      const [user, page] = [await profile(on, browser), await appointments(on, browser)];
      site.route('both');
      expectThat(isLoggedIn(user) || user.status >= 500, () => ({
        ...inMemory,
        id: 'no-session-for-tokens',
        expected: 'GET /profile shows the user, whichever process answers',
        of: user,
        seen: `the login was at process 1; then, at process 2, GET /profile answered ${seenOf(user)}`,
        waitsFor: '7.shared-session',
      }));
      const call = on.recorder.between('app', 'api').slice(calls).at(-1);
      expectThat(call?.requestHeaders.authorization !== 'Bearer undefined', () => ({
        id: 'tokens-not-decrypted',
        expected: 'the app reads the tokens of the session from the store',
        of: [call, page].filter((one) => one !== undefined),
        seen: 'the app called the API with Authorization: Bearer undefined',
        cause:
          'what the app reads from the store has no access token: the tokens are encrypted when they are written, and not decrypted when they are read',
        next: 'write open as well, the second block of task 7.2',
        task: '7.2',
      }));
      expectThat(page.status < 500, () => ({
        id: 'tokens-unreadable',
        expected: 'GET /appointments shows the appointments, whichever process answers',
        of: page,
        seen: `the login was at process 1; then, at process 2, GET /appointments answered ${seenOf(page)}`,
        cause:
          'the app fails with what it reads from the store. What is written as JSON comes back with other types: JSON has no Date and no Map, and leaves out undefined',
        next: 'look at the output of the app for the error. Store the times as numbers, in milliseconds since the epoch',
      }));
      expectThat(showsAppointments(page), () => ({
        id: 'tokens-in-memory',
        expected: 'GET /appointments shows the appointments, whichever process answers',
        of: page,
        seen: `the login was at process 1; then, at process 2, GET /appointments answered ${seenOf(page)}`,
        cause:
          'the second process has the session and not its tokens: they are in the memory of the process that got them, or cannot be decrypted by another one',
        next: 'put the tokens into the same store as the sessions, and encrypt them with a key of STORE_KEYS, not with one that the process makes',
      }));
      expectThat(refreshes(on).length === before, () => ({
        id: 'refresh-at-other-process',
        expected: 'no refresh while the access token is valid',
        of: refreshes(on).at(-1),
        seen: 'process 2 sent a refresh for a token that process 1 had just got',
        cause:
          'the time at which the token expires is not stored, or read as another type: a Date becomes a text in JSON',
        next: 'store the times as numbers, in milliseconds since the epoch',
      }));
    }),
  );

  check('7.survives-restart', '7.1', 'after a restart of all processes the user is still logged in', (on) =>
    onSite(on, async (site) => {
      const { browser } = await firstLogin(on, site);
      await site.restart();
      const isStored = await hasSession(site);
      const page = await profile(on, browser);
      expectThat(isLoggedIn(page), () => ({
        expected: 'GET /profile shows the user after both processes were ended and started again',
        of: page,
        seen: `after the restart, GET /profile answered ${seenOf(page)}`,
        ...(page.status >= 500
          ? {
              id: 'store-not-reopened',
              cause:
                'the store cannot be opened a second time: the app expects that it makes the file or the table itself',
              next: 'open what is there, and make only what is missing',
            }
          : isStored
            ? {
                ...notRecognised,
                cause: `${notRecognised.cause}; or the app deletes the records when it starts`,
              }
            : { ...inMemory, id: 'session-lost-by-restart' }),
      }));
      const list = await appointments(on, browser);
      expectThat(showsAppointments(list), () => ({
        id: 'tokens-lost-by-restart',
        expected: 'GET /appointments shows the appointments after the restart',
        of: list,
        seen: `the session survived the restart, and GET /appointments answered ${seenOf(list)}`,
        cause: 'the tokens were lost: they, or the key that decrypts them, were in the memory of the process',
        next: 'store the tokens beside the session, encrypted with a key of STORE_KEYS',
      }));
    }),
  );

  check('7.logout-everywhere', '7.1', 'a logout at one process is a logout at all', (on) =>
    onSite(on, async (site) => {
      const { browser } = await logIn(on, 1);
      await on.pass(1050);
      const cookie = await browser.cookies(on.app);
      // A request is in flight at the second process while the user logs out at the first one.
      let arrived = () => {};
      let goOn = () => {};
      const isInFlight = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const until = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      on.apiFaults.decide = () => {
        arrived();
        return { until };
      };
      site.route(1);
      const slow = browser.get(`${on.app}/appointments`, { follow: false }).catch(() => undefined);
      await Promise.race([isInFlight, slow]);
      site.route(0);
      await logOut(on, browser).finally(() => {
        goOn();
        on.apiFaults.clear();
      });
      await slow;
      site.route('both');
      const pages = [];
      for (let i = 0; i < 2; i++)
        pages.push(await on.browser().get(`${on.app}/profile`, { follow: false, headers: { cookie } }));
      const alive = pages.find(isLoggedIn);
      expectThat(alive === undefined, () => ({
        id: 'logout-undone',
        expected: 'after the logout a copy of the cookie is worth nothing, at each process',
        of: alive,
        seen: 'a request was in flight at process 2 while the user logged out at process 1; after it, GET /profile with a copy of the cookie from before showed the user',
        cause:
          'the request that was in flight wrote the session back: `touch` or `set` of the store makes a record that is no longer there. Or process 2 keeps sessions in its memory as well',
        next: 'let `touch` change a record only if it exists, and note the end of a session where all processes see it',
      }));
    }),
  );

  check('7.cookie-size', '7.1', 'the browser holds an identifier and no tokens', (on) =>
    onSite(on, async (site) => {
      await firstLogin(on, site);
      const cookies = on.recorder
        .between('browser', 'app')
        .flatMap((message) =>
          [message.responseHeaders['set-cookie'] ?? []]
            .flat()
            .map((text) => ({ message, text: String(text) })),
        );
      const long = cookies.find(({ text }) => text.length > MOST_OF_COOKIE);
      expectThat(long === undefined, () => ({
        id: 'cookie-too-long',
        expected: `each cookie has at most ${MOST_OF_COOKIE} bytes`,
        of: long?.message,
        seen: `Set-Cookie of ${long?.text.split('=')[0]} has ${long?.text.length} bytes`,
        cause:
          'the cookie holds what belongs into the store. Browsers may drop a cookie of more than 4096 bytes without a word, and the user is sent to the login again and again',
        next: 'store the tokens on the server, under the session’s identifier',
      }));
    }),
  );

  check('7.store-away', '7.1', 'while Redis is away the app says so, and nobody is logged out', (on) =>
    onSite(on, async (site) => {
      if (!site.redis) throw new NotApplicable('only with Redis: set REDIS_URL');
      const { browser } = await firstLogin(on, site);
      for (const how of ['refused', 'silent'] as const) {
        site.redis.goAway(how);
        const begun = Date.now();
        const page = await profile(on, browser);
        const seconds = ((Date.now() - begun) / 1000).toFixed(1);
        site.redis.comeBack();
        const seen = `Redis was away (${WAYS[how]}), and GET /profile answered ${seenOf(page)} after ${seconds} s`;
        expectThat(page.status === 503, () => ({
          id: page.status === 0 ? 'waits-for-store' : 'store-failure-unnamed',
          expected: 'a page with 503 within five seconds, while the store is away',
          of: page,
          seen,
          cause: 'the error of the store is shown as a fault of the app, or as the end of the session',
          next: 'give the client of the store a time limit, answer its errors with 503, and do not touch the session’s cookie',
        }));
        let after = page;
        // Each process connects again by itself, and the next checks need both.
        for (const index of [0, 1] as const) {
          site.route(index);
          do after = await profile(on, browser);
          while (after.status === 503 && Date.now() - begun < BACK_WITHIN);
          if (!isLoggedIn(after)) break;
        }
        site.route('both');
        expectThat(isLoggedIn(after), () => ({
          id: 'logged-out-by-store-failure',
          expected: 'when Redis is back, the user is logged in as before, without a restart of the app',
          of: after,
          seen: `${seen}; ${BACK_WITHIN / 1000} s later it answered ${seenOf(after)}`,
          cause:
            'the client does not connect again, or the app has ended the session when it could not read it',
          next: 'let the client connect again by itself, and change nothing of a session that cannot be read',
        }));
      }
    }),
  );

  check('7.encrypted', '7.2', 'nothing in the store reads as a token', (on) =>
    onSite(on, async (site) => {
      const { tokens } = await firstLogin(on, site);
      const stored = await site.stored();
      expectThat(stored.length > 0, () => ({
        ...inMemory,
        id: 'nothing-stored',
        expected: 'after a login the store contains something',
        seen: 'the store that STORE_URL names is empty',
        waitsFor: '7.shared-session',
      }));
      const { found, missing } = tokensIn(stored, tokens);
      expectThat(found.length === 0, () => ({
        expected: 'the store contains encrypted tokens only',
        of: tokenRequests(on, 'authorization_code').at(-1),
        seen: found.map(({ name, how }) => `the ${name} is in the store, ${HOW[how]}`).join('; '),
        ...whyReadable(found, missing),
        next: 'encrypt all tokens with the first key of STORE_KEYS before you store them (task 7.2), and store them nowhere else',
      }));
    }),
  );

  check('7.bound-to-session', '7.2', 'tokens that are copied to another session are not used', (on) =>
    onSite(on, async (site) => {
      const [one, other] = [await logIn(on), await logIn(on)];
      await copiedTokens(site, [one, other], async () => {
        const before = on.recorder.between('app', 'api').length;
        const page = await appointments(on, other.browser);
        const [call] = on.recorder.between('app', 'api').slice(before);
        const used = call?.requestHeaders.authorization?.endsWith(one.tokens.access_token ?? '-') ?? false;
        expectThat(!used, () => ({
          id: 'not-bound-to-session',
          expected: 'the app refuses tokens that were encrypted for another session',
          of: call,
          seen: 'the record of one session was copied to another one, and the app called the API with the first user’s access token',
          cause:
            'the encryption does not bind the tokens to their session: who can write to the store, and read nothing in it, becomes another user',
          next: 'give the session’s identifier as additional authenticated data, both when you encrypt and when you decrypt, and take it from the request and not from the record',
        }));
        expectThat(page.status < 500, () => ({
          id: 'undecryptable-is-an-error',
          expected: 'tokens that do not decrypt lead to the login',
          of: page,
          seen: `GET /appointments answered ${seenOf(page)}`,
          cause: 'the error of the decryption goes on to the user, again with each request',
          next: 'treat tokens that do not decrypt as none: return undefined, and log why',
        }));
      });
    }),
  );

  check('7.key-rotation', '7.2', 'a new key encrypts, and the one before still decrypts', (on) =>
    onSite(on, async (site) => {
      const before = await logIn(on);
      const both = `${NEWER},${site.keys}`;
      const after = await site.another({ STORE_KEYS: both }, async () => {
        const page = await appointments(on, before.browser);
        expectThat(showsAppointments(page), () => ({
          id: 'key-cannot-rotate',
          expected: 'with STORE_KEYS=NEW,OLD the tokens from before are still decrypted',
          of: page,
          seen: `GET /appointments answered ${seenOf(page)}`,
          cause:
            'only the first key of the list is used, or the list as a whole is the key: after a change no stored tokens can be read, and everybody must log in again',
          next: 'choose the key by its identifier in the header of the encrypted tokens (kid): the first key encrypts, each one decrypts',
        }));
        return logIn(on);
      });
      await site.another({ STORE_KEYS: NEWER }, async () => {
        const page = await appointments(on, after.browser);
        expectThat(showsAppointments(page), () => ({
          id: 'old-key-encrypts',
          expected: 'with STORE_KEYS=NEW,OLD the first key encrypts, so the old one can be removed later',
          of: page,
          seen: `tokens were stored with STORE_KEYS=NEW,OLD; with STORE_KEYS=NEW, GET /appointments answered ${seenOf(page)}`,
          cause: 'an older key of the list still encrypts: it can never be removed',
          next: 'encrypt with the first key of the list',
        }));
        const gone = await appointments(on, before.browser);
        expectThat(gone.status < 500, () => ({
          id: 'removed-key-is-an-error',
          expected: 'tokens whose key was removed lead to the login',
          of: gone,
          seen: `GET /appointments answered ${seenOf(gone)}`,
          cause: 'the error of the decryption goes on to the user, again with each request',
          next: 'treat tokens that do not decrypt as none: return undefined, and log why',
        }));
      });
    }),
  );
});

const HOW: Record<StoredToken['how'], string> = {
  plain: 'as the tenant issued it',
  Base64: 'written as Base64',
  'hexadecimal digits': 'written as hexadecimal digits',
  'percent-encoded text': 'written as percent-encoded text',
};

/** @param missing the names of the tokens that are not readable. */
function whyReadable([first]: StoredToken[], missing: string[]) {
  if (first && first.how !== 'plain')
    return {
      id: 'tokens-encoded',
      cause: `${first.how} is an encoding and no encryption: everybody can read it back without a key`,
    };
  if (missing.length > 0)
    return {
      id: 'tokens-partly-encrypted',
      cause: `${missing.join(' and ')} cannot be read in the store, and another token can: only a part of the tokens is encrypted, or one of them is also stored elsewhere, for example in the session, which is not encrypted. An access token works until it expires, and an ID token says who the user is`,
    };
  return {
    id: 'tokens-not-encrypted',
    cause:
      'the tokens are stored as they are: whoever reads the file, a backup or the memory of the server can call the API as any user',
  };
}

/** Any other key. */
const NEWER = '5'.repeat(64);
