import { setTimeout as delay } from 'node:timers/promises';
import { check, Diagnosis, expectThat, type TestEnvironment } from '../../../shared/checks';
import { whyNotAccepted } from './causes';
import {
  type Answer,
  appointmentsIn,
  expectAccepted,
  isSuccess,
  keyRequests,
  seenOf,
  withToken,
} from './request';
import { accessToken, withOtherHeader } from './tokens';

/** Milliseconds after which an API may fetch the keys again; a cool-down of a minute is long. */
const COOL_DOWN = 61_000;
/** Requests that are sent at the same time. */
const AT_ONCE = 20;
const UNKNOWN = 200;
/** Milliseconds of the shortest cool-down: on a busy machine the requests take longer than that. */
const SHORTEST = 4000;

/** Milliseconds for an API that runs elsewhere, whose clock nobody can advance. */
const ELSEWHERE_WITHIN = 45_000;

/** Lets the cool-down of a fetch end. The checks of an API that runs elsewhere do not wait for it. */
const afterCoolDown = async (on: TestEnvironment): Promise<void> => {
  if (on.startedApi) await on.pass(COOL_DOWN);
};

/** What a finding says of an API that accepts a token of an unknown key, whatever the reason. */
const unknownKidAccepted = (answer: Answer) => ({
  id: 'unknown-kid-accepted',
  expected: 'a token of an unknown key is refused',
  of: answer,
  seen: `${seenOf(answer)} to a token whose kid the tenant does not publish`,
});

const fetchedIn = async (on: TestEnvironment, work: () => Promise<void>) => {
  const before = keyRequests(on).length;
  await work();
  await on.settle();
  return keyRequests(on).slice(before);
};

describe('06 Protect your API: the keys', () => {
  check('6.accepts', '6.1', 'the API accepts an access token of the tenant', async (on) => {
    const answer = await withToken(on, await accessToken(on));
    const why = isSuccess(answer) ? undefined : await whyNotAccepted(on, answer);
    expectThat(why === undefined, () => ({
      id: 'valid-token-refused',
      cause: 'not known',
      expected: '200 to a valid access token with every scope',
      of: [answer, keyRequests(on).at(-1)],
      seen: seenOf(answer),
      next: 'find the keys by the issuer’s discovery document',
      ...why,
    }));
    expectThat(appointmentsIn(answer) !== undefined, () => ({
      id: 'another-shape',
      expected: '{"appointments":[{"id","title","startsAt"}]}',
      of: answer,
      seen: `GET /appointments answered ${answer.status} with ${answer.body.slice(0, 80)}`,
      cause: 'the app, which shows the appointments, expects this shape',
      next: 'answer with an object that has the list appointments',
    }));
  });

  check('6.keys-stored', '6.1', 'the API stores the keys', async (on) => {
    await expectAccepted(on);
    const tokens = await Promise.all(Array.from({ length: 12 }, (_, i) => accessToken(on, { jti: `t${i}` })));
    const fetched = await fetchedIn(on, async () => {
      for (const token of tokens) await withToken(on, token);
    });
    expectThat(fetched.length <= 1, () => ({
      id: 'keys-fetched-each-time',
      expected: `at most one request for the keys while ${tokens.length} tokens are validated`,
      of: fetched.at(-1),
      seen: `${fetched.length} times ${fetched[0]?.method} ${fetched[0]?.url.pathname}`,
      cause:
        'the keys are fetched for each request: the API is as slow as the tenant, and works only while the tenant does',
      next: 'keep the key set in a field, and make it once',
    }));
  });

  check(
    '6.new-key',
    '6.1',
    'the tenant changes its key, and no request fails',
    async (on) => {
      await expectAccepted(on);
      const old = await accessToken(on);
      const later = await accessToken(on, { jti: 'of the old key' });
      await afterCoolDown(on);
      const before = keyRequests(on).length;
      const [, ...during] = await Promise.all([
        on.tenant.rotateKeys(),
        ...Array.from({ length: AT_ONCE }, () => withToken(on, old)),
      ]);
      const tokens = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) => accessToken(on, { jti: `new ${i}` })),
      );
      // The cool-down of an API that runs elsewhere ends by itself.
      const end = on.startedApi ? 0 : Date.now() + ELSEWHERE_WITHIN;
      const first = tokens[0] ?? '';
      while (Date.now() < end && !isSuccess(await withToken(on, first))) await delay(500);
      const after = await Promise.all([old, ...tokens].map((token) => withToken(on, token)));
      after.push(await withToken(on, later));
      const refused = [...during, ...after].find((answer) => !isSuccess(answer));
      const fetched = keyRequests(on).length > before;
      expectThat(refused === undefined, () => ({
        id: fetched ? 'one-key-only' : 'new-key-refused',
        expected: 'tokens of the old key and of the new one are accepted',
        of: refused,
        seen: `${refused && seenOf(refused)} to a token whose key the tenant published a moment ago`,
        cause: fetched
          ? 'one key of the set is used for all tokens. For some time, a tenant publishes the new key and the old one, and tokens of both are valid'
          : 'the API keeps the keys that it read first. A tenant changes its key from time to time, and at once when the old one was stolen',
        next: fetched
          ? 'take the key that the header of the token names (kid)'
          : 'when a token names a key (kid) that is not in the set, fetch the set once more',
      }));
    },
    { longest: ELSEWHERE_WITHIN + 15_000 },
  );

  check('6.unknown-kid', '6.1', 'unknown keys do not make the API flood the tenant', async (on) => {
    await expectAccepted(on);
    await afterCoolDown(on);
    const token = await accessToken(on);
    let failed: Answer | undefined;
    const start = Date.now();
    const fetched = await fetchedIn(on, async () => {
      for (let sent = 0; sent < UNKNOWN; sent += AT_ONCE) {
        const kids = Array.from({ length: AT_ONCE }, (_, i) => `unknown-${sent + i}`);
        const answers = await Promise.all(kids.map((kid) => withToken(on, withOtherHeader(token, { kid }))));
        failed ??= answers.find(({ status }) => status >= 500 && status !== 501);
      }
    });
    const most = 1 + Math.floor((Date.now() - start) / SHORTEST);
    expectThat(fetched.length <= most, () => ({
      id: 'keys-fetched-for-each-kid',
      expected: `at most one request for the keys in the cool-down, whatever ${UNKNOWN} tokens say`,
      of: fetched.at(-1),
      seen: `${fetched.length} times ${fetched[0]?.method} ${fetched[0]?.url.pathname}`,
      cause:
        'each unknown kid fetches the keys again. Anybody can invent a kid: with a few hundred requests they make the API flood the tenant, which then answers 429 to all',
      next: 'after a fetch, do not fetch again for some seconds',
    }));
    const signed = await withToken(on, await accessToken(on, {}, { kid: 'unknown' }));
    expectThat(!isSuccess(signed), () => ({
      ...unknownKidAccepted(signed),
      cause: 'kid is not looked at: the API tries whatever key it has',
      next: 'take the key that the header of the token names',
    }));
    expectThat(failed === undefined, () => ({
      id: 'unknown-kid-fails',
      expected: 'a token of an unknown key is refused with 401',
      of: failed,
      seen: `${failed && seenOf(failed)} to a token with an unknown kid`,
      cause: 'the code throws where no key is found, and nobody catches it',
      next: 'answer 401 with error="invalid_token"',
      task: '6.3',
    }));
  });

  check('6.tenant-down', '6.1', 'the API works on while the tenant does not answer', async (on) => {
    await expectAccepted(on);
    const known = await accessToken(on, { jti: 'while it is down' });
    const unknown = withOtherHeader(known, { kid: 'unknown while it is down' });
    await afterCoolDown(on);
    on.tenantFaults.decide = () => 'reset';
    try {
      const stranger = await withToken(on, unknown);
      const answer = await withToken(on, known);
      expectThat(!isSuccess(stranger), () => ({
        ...unknownKidAccepted(stranger),
        cause: 'the token is not verified: no key can have this name',
        next: 'fix what 6.signature finds first',
        waitsFor: '6.signature',
      }));
      expectThat(isSuccess(answer), () => ({
        id: 'keys-forgotten',
        expected: '200 to a token whose key the API knows, while the tenant does not answer',
        of: answer,
        seen: seenOf(answer),
        cause:
          'a fetch that fails takes away the keys that were known: the API fails together with the tenant, though it needs nothing from it',
        next: 'replace the key set only when the new one has arrived',
      }));
      expectThat(stranger.status < 500 || [501, 503].includes(stranger.status), () => ({
        id: 'failed-fetch-not-caught',
        expected: '401 to a token of an unknown key, while the tenant does not answer',
        of: stranger,
        seen: `${seenOf(stranger)} to a token with an unknown kid`,
        cause:
          'an unknown kid makes the API fetch the keys again, this fetch fails, and nobody catches that: anybody can make the API answer 500 while the tenant is down',
        next: 'when the fetch fails, look for the key among the stored ones',
      }));
    } finally {
      on.tenantFaults.clear();
    }
    if (!on.startedApi) return;
    const starting = on.withAnotherApi(
      async () => {
        const answer = await withToken(on, known);
        expectThat(!isSuccess(answer), () => ({
          id: 'accepted-without-keys',
          expected: 'no success before the keys are known',
          of: answer,
          seen: `${seenOf(answer)}, though the API could not fetch the keys`,
          cause: 'the token was not verified: without keys, the API cannot validate any token',
          next: 'answer 503 while there are no keys',
        }));
        on.tenantFaults.clear();
        await on.pass(COOL_DOWN);
        const later = await withToken(on, known);
        expectThat(isSuccess(later), () => ({
          id: 'never-recovers',
          expected: 'the API asks again, once the tenant answers',
          of: later,
          seen: `${seenOf(later)}, a minute after the tenant was back`,
          cause:
            'the API asks for the keys once, and remembers that it failed: often a promise in a variable, which remains rejected',
          next: 'fetch again at the next request after a failure',
        }));
      },
      { tenantDown: true },
    );
    await starting.catch(endedWithTenant);
  });
});

/** An API that ends because the tenant is down ends for that reason, whatever the error was. */
function endedWithTenant(error: unknown): never {
  if (!(error instanceof Diagnosis) || error.finding.id !== 'api-crashed') throw error;
  throw new Diagnosis({
    ...error.finding,
    id: 'ends-without-tenant',
    expected: 'the API starts and runs, although the tenant does not answer yet',
    of: { lastOf: 'api' },
    cause:
      'the API reads the keys when it starts, and ends when it gets no answer: who restarts it while the tenant is down has no API, also when the tenant is back',
    next: 'read the keys at the first request, and catch what that throws',
  });
}
