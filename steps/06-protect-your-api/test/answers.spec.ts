import { AUDIENCE, check, expectThat } from '../../../shared/checks';
import { challengeOf, expectAccepted, isSuccess, openTask, seenOf, withToken } from './request';
import { accessToken, seconds } from './tokens';

/** RFC 6750, section 3: the name of the error in the header. */
const errorIn = (challenge: string) => /\berror="?([\w-]+)/.exec(challenge)?.[1];

const SHAPE = 'WWW-Authenticate: Bearer realm="appointments"';

describe('06 Protect your API: the answers', () => {
  check('6.no-token', '6.3', 'the API asks for a token where none came', async (on) => {
    for (const [what, headers, statuses] of [
      ['without a token', {}, [401]],
      // Auth0's SDK takes the request for malformed (RFC 6750, section 3.1: invalid_request).
      ['with another scheme (Basic)', { authorization: 'Basic YW5uOnNlY3JldA==' }, [401, 400]],
    ] as const) {
      const answer = await on.ask('/appointments', { headers });
      const of = answer;
      const { status } = answer;
      const challenge = challengeOf(answer);
      const seen = seenOf(answer, `GET /appointments ${what}`);
      expectThat(!isSuccess(answer), () => ({
        id: 'open-without-token',
        expected: '401 to a request without a token',
        of,
        seen,
        cause: 'the route has no guard, or the guard lets requests pass that have no token',
        next: 'put requireToken before each route',
      }));
      expectThat(
        statuses.some((one) => one === status),
        () => ({
          id: status >= 500 ? 'no-token-fails' : 'no-token-not-401',
          expected: '401 to a request without a token',
          of,
          seen,
          cause:
            status >= 500
              ? 'the code fails where the header Authorization is missing: it is read without asking, or an error is thrown that no handler answers'
              : status === 403
                ? '403 means that the token is not enough. Here is none, and a login would help: that is 401 (RFC 9110, section 15.5.2)'
                : 'a client learns from 401 that it must bring a token, and from no other status (RFC 6750, section 3)',
          next: `answer 401 with ${SHAPE}`,
          ...openTask(answer),
        }),
      );
      expectThat(/^Bearer\b/i.test(challenge), () => ({
        id: 'no-challenge',
        expected: SHAPE,
        of,
        seen: challenge ? seen : `${seen} without WWW-Authenticate`,
        cause: 'an answer 401 must say in WWW-Authenticate how to authenticate (RFC 9110, section 11.6.1)',
        next: `answer with ${SHAPE}`,
      }));
      expectThat(errorIn(challenge) === undefined, () => ({
        id: 'error-without-token',
        expected: `${SHAPE}, without error`,
        of,
        seen,
        cause:
          'the header names an error where no token came. Nothing was wrong with a token then, and a client that reads invalid_token would throw a good token away (RFC 6750, section 3.1)',
        next: 'leave error out where no token came',
      }));
    }
  });

  check('6.invalid-token', '6.3', 'the API says that a token is invalid', async (on) => {
    await expectAccepted(on);
    const valid = await accessToken(on);
    const expired = await accessToken(on, { iat: seconds(on) - 7200, exp: seconds(on) - 3600 });
    const tokens: [string, string][] = [
      ['an expired token', expired],
      ['a token for another API', await accessToken(on, { aud: `${AUDIENCE}/other` })],
      ['an opaque token', '6pJcHqJ6eYF0oXvLwQ1uA9mK3sDzTnRb'],
      ['an encrypted token of five parts', `${expired.split('.')[0]}.a.b.c.d`],
      ['a token of three parts that are no JSON', 'not.a.token'],
      ['the word undefined', 'undefined'],
    ];
    for (const [what, token] of tokens) {
      const answer = await withToken(on, token);
      const of = answer;
      const { status } = answer;
      const challenge = challengeOf(answer);
      const seen = `${seenOf(answer)} to ${what}`;
      expectThat(status === 401, () => ({
        id: isSuccess(answer)
          ? 'invalid-token-accepted'
          : status >= 500
            ? 'invalid-token-fails'
            : 'invalid-token-not-401',
        expected: '401 with error="invalid_token"',
        of,
        seen,
        cause: isSuccess(answer)
          ? 'the token is not validated'
          : status >= 500
            ? 'the code throws where the token cannot be read or is refused, and nobody catches it: the client learns that the API is broken, and tries again'
            : '401 says that another token is needed. With 400 or 403 an app does not send the user to the login (RFC 6750, section 3.1)',
        next: 'catch what jwtVerify throws, and answer 401 with error="invalid_token"',
        ...openTask(answer),
        ...(isSuccess(answer) ? { next: 'do task 6.2: validate the token', waitsFor: '6.signature' } : {}),
      }));
      expectThat(errorIn(challenge) === 'invalid_token', () => ({
        id: 'no-invalid-token-error',
        expected: 'WWW-Authenticate: Bearer error="invalid_token"',
        of,
        seen: challenge ? seen : `${seen} without WWW-Authenticate`,
        cause:
          'the header does not say that the token is the reason (RFC 6750, section 3.1): a client cannot distinguish a bad token from a missing one',
        next: 'add error="invalid_token" to WWW-Authenticate',
      }));
      expectThat(!answer.body.includes('node_modules') && !/\n\s+at /.test(answer.body), () => ({
        id: 'stack-trace-sent',
        expected: 'a reason in one sentence',
        of,
        seen: `${seen}, with a stack trace in the body`,
        cause: 'the error itself was sent: it shows strangers how the API is built',
        next: 'send the reason only, and log the error',
      }));
    }
    const lower = await on.ask('/appointments', { headers: { authorization: `bearer ${valid}` } });
    expectThat(isSuccess(lower), () => ({
      id: 'scheme-in-one-case',
      expected: '"bearer" counts as "Bearer"',
      of: lower,
      seen: seenOf(lower, 'GET /appointments with "bearer TOKEN"'),
      cause: 'the name of a scheme may be in any case (RFC 9110, section 11.1)',
      next: 'compare the scheme without regard to case',
    }));
  });
});
