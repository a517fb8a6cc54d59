import { check, expectThat, type TestEnvironment } from '../../../shared/checks';
import {
  type Answer,
  type Call,
  challengeOf,
  expectAccepted,
  isSuccess,
  openTask,
  seenOf,
  withToken,
} from './request';
import { ALL_SCOPES, accessToken, type Claims } from './tokens';

interface Route extends Call {
  method: string;
  path: string;
  scope: string;
}

const ROUTES: Route[] = [
  { method: 'GET', path: '/appointments', scope: 'read:appointments' },
  {
    method: 'POST',
    path: '/appointments',
    scope: 'create:appointments',
    json: { title: 'Chess', startsAt: '2027-05-01T10:00:00Z' },
  },
  { method: 'DELETE', path: '/appointments/none', scope: 'delete:appointments' },
];

const without = (scope: string) =>
  ALL_SCOPES.split(' ')
    .filter((one) => one !== scope)
    .join(' ');

const named = ({ method, path }: Route) => `${method} ${path.replace('none', 'ID')}`;

async function ask(on: TestEnvironment, route: Route, claims: Claims): Promise<Answer> {
  return withToken(on, await accessToken(on, claims), route);
}

/** A request with every scope but the route's, and what a finding says where the API accepts it. */
async function askWithout(on: TestEnvironment, route: Route) {
  const answer = await ask(on, route, { scope: `openid ${without(route.scope)}` });
  const seen = `${seenOf(answer, named(route))} to a token without ${route.scope}`;
  const expected = `${named(route)} needs ${route.scope}`;
  return { answer, seen, notDemanded: { id: 'scope-not-demanded', expected, of: answer, seen } };
}

/** Whether the guard let the request pass: an appointment that there is not is answered 404. */
const passed = (answer: Answer) => isSuccess(answer) || (answer.method === 'DELETE' && answer.status === 404);

describe('06 Protect your API: scopes', () => {
  check('6.insufficient-scope', '6.3', 'the API says which scope is missing', async (on) => {
    await expectAccepted(on);
    for (const route of ROUTES) {
      const { answer, seen, notDemanded } = await askWithout(on, route);
      const of = answer;
      const { status } = answer;
      const challenge = challengeOf(answer);
      expectThat(!passed(answer), () => ({
        ...notDemanded,
        cause: 'the API does not demand the scope yet, so it cannot say that it is missing',
        next: 'do task 6.4 first',
        waitsFor: '6.scope',
      }));
      expectThat(status === 403, () => ({
        id: status === 401 ? 'scope-answered-401' : 'scope-not-403',
        expected: '403 with error="insufficient_scope"',
        of,
        seen,
        cause:
          status === 401
            ? '401 says that the token is not valid, and an app sends the user to the login: it gets a token with the same scopes, and so on without end (RFC 6750, section 3.1)'
            : status === 404
              ? '404 says that the address is wrong, and no client learns from it that a scope is missing (RFC 6750, section 3.1)'
              : 'a scope that is missing is answered 403 (RFC 6750, section 3.1)',
        next: 'answer 403 with error="insufficient_scope"',
        ...openTask(answer),
      }));
      expectThat(/\berror="?insufficient_scope/.test(challenge), () => ({
        id: 'no-insufficient-scope-error',
        expected: `WWW-Authenticate: Bearer error="insufficient_scope", scope="${route.scope}"`,
        of,
        seen: challenge ? seen : `${seen} without WWW-Authenticate`,
        cause: 'the answer does not say that a scope is the reason (RFC 6750, section 3.1)',
        next: 'add error="insufficient_scope" to WWW-Authenticate',
      }));
      const scopes = /\bscope="([^"]*)"/.exec(challenge)?.[1]?.split(' ') ?? [];
      expectThat(scopes.includes(route.scope), () => ({
        id: 'scope-not-named',
        expected: `scope="${route.scope}" in WWW-Authenticate`,
        of,
        seen,
        cause:
          'the answer does not name the scope that is missing: an app cannot tell the user what to allow',
        next: `add scope="${route.scope}" to WWW-Authenticate`,
      }));
    }
  });

  check('6.scope', '6.4', 'each route demands its scope', async (on) => {
    await expectAccepted(on);
    for (const route of ROUTES) {
      const { answer, notDemanded } = await askWithout(on, route);
      expectThat(!passed(answer), () => ({
        ...notDemanded,
        cause: `nothing asks for the scope ${route.scope} before ${named(route)}: the user did not allow the application to do this`,
        next: `put requireScope('${route.scope}') before ${named(route)}. If it is there, look at what whyRefused in api/bearer.ts compares`,
      }));
      const allowed = await ask(on, route, { scope: `openid ${route.scope}` });
      expectThat(passed(allowed), () => ({
        id: 'other-scope-demanded',
        expected: `${route.scope} is enough for ${named(route)}`,
        of: allowed,
        seen: `${seenOf(allowed, named(route))} to a token with openid ${route.scope}`,
        cause: `${named(route)} demands another scope than ${route.scope}, or more than one`,
        next: `demand ${route.scope} only`,
      }));
    }
  });

  check('6.scope-words', '6.4', 'a scope is compared as a whole', async (on) => {
    await expectAccepted(on);
    const route = ROUTES[0] as Route;
    for (const scope of [
      'read:appointments:all',
      'openid read:appointments.own',
      'xread:appointments',
      'read',
      'READ:APPOINTMENTS',
    ]) {
      const answer = await ask(on, route, { scope });
      expectThat(!isSuccess(answer), () => ({
        id: 'scope-compared-in-part',
        expected: `a token with the scope ${scope} does not open ${named(route)}`,
        of: answer,
        seen: seenOf(answer, named(route)),
        cause: `read:appointments is searched in the text of scope, or without regard to case. scope is a list, separated by spaces, of names that are compared exactly (RFC 6749, section 3.3)`,
        next: 'split scope at the spaces, and look for the whole name',
      }));
    }
  });

  check('6.permissions', '6.4', 'where the token has permissions, both must allow', async (on) => {
    await expectAccepted(on);
    for (const route of ROUTES) {
      const scope = `openid ${ALL_SCOPES}`;
      const notPermitted = await ask(on, route, { scope, permissions: without(route.scope).split(' ') });
      expectThat(!passed(notPermitted), () => ({
        id: 'permissions-ignored',
        expected: `${named(route)} needs the permission ${route.scope} too, where the token has permissions`,
        of: notPermitted,
        seen: `${seenOf(notPermitted, named(route))} to a token with the scope ${route.scope} whose permissions do not have it`,
        cause:
          'only scope is looked at. It is what the user allowed the application; permissions is what the user may do at all, by their roles',
        next: 'where the token has the claim permissions, look for the scope there too',
      }));
      const notAllowed = await ask(on, route, {
        scope: `openid ${without(route.scope)}`,
        permissions: ALL_SCOPES.split(' '),
      });
      expectThat(!passed(notAllowed), () => ({
        id: 'permissions-instead-of-scope',
        expected: `${named(route)} needs the scope ${route.scope}, whatever the user may do`,
        of: notAllowed,
        seen: `${seenOf(notAllowed, named(route))} to a token with the permission ${route.scope} and without that scope`,
        cause:
          'only permissions are looked at, or one of both is enough: an application that the user allowed to read could do everything that the user may do',
        next: 'look for the scope first, in every token',
      }));
      for (const [what, answer] of [
        ['both', await ask(on, route, { scope, permissions: ALL_SCOPES.split(' ') })],
        ['the scope, and no claim permissions', await ask(on, route, { scope })],
      ] as const)
        expectThat(passed(answer), () => ({
          id: 'permissions-demanded',
          expected: `${named(route)} is open for a token that has ${what}`,
          of: answer,
          seen: seenOf(answer, named(route)),
          cause:
            'permissions are demanded in every token. Only a tenant with RBAC for this API, and the dialect access_token_authz, puts them there',
          next: 'look at permissions only where the token has that claim',
        }));
    }
  });
});
