import {
  AUDIENCE,
  check,
  expectThat,
  json,
  NotApplicable,
  type TestEnvironment,
} from '../../../shared/checks';
import { ann, apiOf, bob, last } from './two-users';

const ALL = ['read:appointments', 'create:appointments', 'delete:appointments'];
/** What an assistant may. */
const FEWER = ['read:appointments', 'create:appointments'];

const without = (wanted: readonly string[], given: readonly string[]) =>
  wanted.filter((scope) => !given.includes(scope));
/** What a role permits at the API. */
const permissionsOf = (on: TestEnvironment, role: string) =>
  on.tenant
    .overview()
    .roles.find(({ name }) => name === role)
    ?.permissions.find(({ api }) => api === AUDIENCE)?.scopes ?? [];

describe('05 Attributes and roles: what a role may', () => {
  check('5.roles', '5.1', 'a manager gets all scopes, an assistant may not delete', async (on) => {
    const [manager, assistant] = [await ann(on), await bob(on)];
    for (const [one, role, wanted] of [
      [manager, 'manager', ALL],
      [assistant, 'assistant', FEWER],
    ] as const) {
      const missing = without(wanted, one.scopes);
      expectThat(missing.length === 0, () => ({
        expected: `${one.user.name}, who is ${role}, gets ${wanted.join(' ')}`,
        of: one.token,
        seen: `the tenant granted ${one.scopes.join(' ')}`,
        next: `give the role ${role} the permission ${missing.join(', ')} at ${AUDIENCE}`,
        ...whyMissing(on, role, missing),
      }));
    }
    expectThat(!assistant.scopes.includes('delete:appointments'), () => ({
      expected: `${assistant.user.name}, who is assistant, gets ${FEWER.join(' ')} and no more`,
      of: assistant.token,
      seen: `the tenant granted ${assistant.scopes.join(' ')}`,
      next: 'turn RBAC on at the API: enforce_policies: true',
      ...whyTooMuch(on),
    }));
  });

  check('5.permissions', '5.1', 'the access token lists the user’s permissions', async (on) => {
    const { accessToken, token } = await ann(on);
    const listed = Array.isArray(accessToken.permissions) ? accessToken.permissions : [];
    expectThat(without(ALL, listed).length === 0, () => ({
      ...whyNotListed(on),
      expected: `the claim permissions with ${ALL.join(', ')}`,
      of: token,
      seen: `Ann’s access token has ${accessToken.permissions === undefined ? 'no permissions' : `permissions ${listed.join(', ') || 'without an entry'}`}`,
      task: '5.1',
    }));
  });

  check('5.machine', '5.2', 'a program gets the scopes of its client grant', async (on) => {
    const settings = on.tenant.settings();
    const [client_id, client_secret] = [
      settings.CLIENT_ID__NIGHTLY_REMINDERS,
      settings.CLIENT_SECRET__NIGHTLY_REMINDERS,
    ];
    if (client_id === undefined || client_secret === undefined)
      throw new NotApplicable('tenant.yaml has no application Nightly Reminders, which this check plays');
    const response = await fetch(new URL('/oauth/token', on.tenant.origin), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id,
        client_secret,
        audience: AUDIENCE,
      }),
    });
    const answer = json(await response.text());
    expectThat((answer.scope ?? '').split(' ').includes('read:appointments'), () => ({
      ...whyMachineLacks(on, answer),
      of: on.recorder.messages.findLast(({ requestBody }) => requestBody.includes('client_credentials')),
      expected: 'Nightly Reminders gets a token with read:appointments',
      seen: `POST /oauth/token (grant_type=client_credentials) answered ${response.status}, ${answer.error_description ?? `scope ${answer.scope ?? '(none)'}`}`,
    }));
  });
});

/** Why somebody lacks what their role should have. */
function whyMissing(
  on: TestEnvironment,
  role: string,
  missing: string[],
): { id: string; cause: string; next?: string } {
  const { roles } = on.tenant.overview();
  const removed = permissionsOf(on, role);
  if (roles.length === 0)
    return {
      id: 'no-roles',
      cause: 'RBAC is on, and tenant.yaml describes no role: nobody has a permission, so nobody gets a scope',
      next: 'describe the roles manager and assistant under roles, with their permissions',
    };
  const named = roles.map(({ name }) => name);
  if (!named.includes(role))
    return {
      id: 'role-named-otherwise',
      cause: `tenant.yaml has the roles ${named.join(', ')}, and the users have manager and assistant: names are compared letter by letter`,
      next: `name it ${role}`,
    };
  if (without(missing, removed).length === 0)
    return {
      id: 'scope-not-kept',
      cause: `the role has it, but the token does not: an Action or a Rule removed it, or the app did not ask for it. Without its scope, a permission in the token has no effect`,
      next: 'look for removeScope in the Action, and run npm run check -- 3',
    };
  return {
    id: 'permission-missing',
    cause: `the role ${role} permits ${removed.join(', ') || 'nothing'}: the tenant drops a scope that no role of the user has, and the login goes on`,
  };
}

/** Why an assistant may delete. */
function whyTooMuch(on: TestEnvironment): { id: string; cause: string; next?: string } {
  if (permissionsOf(on, 'assistant').includes('delete:appointments'))
    return {
      id: 'role-too-wide',
      cause: 'the role assistant has the permission delete:appointments',
      next: 'take it out of the role’s permissions',
    };
  if (apiOf(on)?.enforce_policies)
    return {
      id: 'action-overrides-roles',
      cause:
        'RBAC is on and no role of Bob’s permits it, so code added it after RBAC: api.accessToken.addScope (or a Rule’s context.accessToken.scope) overrides the roles in scope. It is not in permissions, so the workshop’s API still refuses Bob. An API that reads only scope does not',
      next: 'leave addScope out of the Action: give the permission to a role instead',
    };
  return {
    id: 'rbac-off',
    cause:
      'RBAC is off at the API (enforce_policies), which is the default: then the tenant grants every scope that the app asks for, without regard to roles',
  };
}

function whyNotListed(on: TestEnvironment): { id: string; cause: string; next: string } {
  const dialect = apiOf(on)?.token_dialect ?? '';
  if (!dialect.endsWith('_authz'))
    return {
      id: 'no-authz-dialect',
      cause: `the API’s token_dialect is ${dialect}: only those that end in _authz list permissions`,
      next: 'write token_dialect: access_token_authz at the API',
    };
  if (!apiOf(on)?.enforce_policies)
    return {
      id: 'rbac-off',
      cause: 'RBAC is off at the API (enforce_policies), and without it there are no permissions to list',
      next: 'turn RBAC on at the API: enforce_policies: true',
    };
  return {
    id: 'permission-missing',
    cause: 'no role of Ann’s has these permissions',
    next: 'give the role manager all three',
  };
}

function whyMachineLacks(
  on: TestEnvironment,
  answer: Record<string, string | undefined>,
): { id: string; cause: string; next: string } {
  const hook = on.tenant.overview().code.find(({ runs }) => runs === 'for an application itself');
  const failed = last(on, 'action failed');
  if (failed && answer.error)
    return {
      id: 'action-failed',
      cause: `${failed.script} failed: ${failed.reason}`,
      next: `fix ${failed.file}${failed.line === undefined ? '' : `, line ${failed.line}`}`,
    };
  if (hook?.kind === 'Hook')
    return {
      id: 'hook-clears-scopes',
      cause: `the Hook ${hook.name} returns an answer without scope: a Hook’s answer replaces the scopes, so a missing scope is gone`,
      next: 'return the scopes: callback(null, { scope, … })',
    };
  if (answer.error)
    return {
      id: 'no-client-grant',
      cause: 'the application has no client grant for the API, or not the grant client_credentials',
      next: 'compare clientGrants and grant_types in tenant.yaml with the lesson’s',
    };
  return {
    id: 'no-client-grant',
    cause: 'the client grant has no scope read:appointments',
    next: 'add it to the client grant’s scope in tenant.yaml',
  };
}
