import type { Job } from '../protocol';
import { mustBeUrl } from './arguments';
import { HookError, load, UnauthorizedError } from './load';
import { ignoredBy, snapshotOf } from './rule-changes';
import { plain, type Running, say, settings } from './running';

/** Records a command, like an Action's `api`. */
type Add = (method: string, ...args: unknown[]) => void;

function adder(running: Running, script: number): Add {
  return (method, ...args) => running.commands.push({ script, method, args: plain(args, method) });
}

/** Runs a Rule, which changes `user` and `context` in place for the next one. @returns whether the run ends. */
export async function runRule(
  running: Running,
  script: number,
  { user, context }: NonNullable<Job['rules']>,
  last: boolean,
): Promise<boolean> {
  const add = adder(running, script);
  const rule = load(script, { auth0 });
  turn = { job: running.job, add };
  if (typeof rule !== 'function') throw new Error('is not a function (user, context, callback)');
  const before = JSON.parse(JSON.stringify({ id: context.idToken, access: context.accessToken }));
  const all = snapshotOf(user, context);
  try {
    await new Promise<void>((resolve, reject) => {
      const callback = (error: unknown, newUser?: object, newContext?: object) => {
        if (error) return reject(error);
        if (newUser && newUser !== user) Object.assign(user, newUser);
        if (newContext && newContext !== context) Object.assign(context, newContext);
        resolve();
      };
      Promise.resolve(rule(user, context, callback)).catch(reject);
    });
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    add('access.deny', error.message);
    return true;
  }
  for (const text of ignoredBy(all, user, context)) say('hint', text, script);
  for (const [key, value] of changed(context.idToken, before.id)) add('idToken.setCustomClaim', key, value);
  for (const [key, value] of changed(context.accessToken, before.access))
    if (key === 'scope') add('accessToken.setScope', scopeList(value));
    else add('accessToken.setCustomClaim', key, value);
  const { url } = (context.redirect ?? {}) as { url?: unknown };
  if (!last || url === undefined) return false;
  mustBeUrl(url, 'context.redirect.url');
  add('redirect.sendUserTo', url);
  return true;
}

function changed(now: unknown, before: Record<string, unknown> | undefined): [string, unknown][] {
  return Object.entries((now ?? {}) as object).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(before?.[key]),
  );
}

const scopeList = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.map(String)
    : String(value ?? '')
        .split(' ')
        .filter(Boolean);

/** The current run: a Rule is loaded once and runs often. */
let turn: { job: Job; add: Add } | undefined;

const keep = (method: string) => async (userId: string, metadata: Record<string, unknown>) => {
  if (userId !== turn?.job.rules?.user.user_id)
    throw new Error('a Rule can change the user who logs in, and no other');
  for (const [key, value] of Object.entries(metadata)) turn.add(method, key, value ?? null);
};

/** `auth0` in a Rule: the part of the Management API for metadata. */
const auth0 = {
  users: {
    updateAppMetadata: keep('user.setAppMetadata'),
    updateUserMetadata: keep('user.setUserMetadata'),
  },
};

/** Runs a Hook of credentials-exchange; its result is all custom claims of the token, and its scope.
 * @returns whether it refused. */
export async function runHook(
  running: Running,
  script: number,
  given: NonNullable<Job['hook']>,
): Promise<boolean> {
  const add = adder(running, script);
  const hook = load(script);
  if (typeof hook !== 'function')
    throw new Error('must set module.exports to a function (client, scope, audience, context, cb)');
  const { client, scope, audience } = structuredClone(given);
  const context = { webtask: { secrets: { ...settings.scripts[script]?.secrets } } };
  let claims: Record<string, unknown>;
  try {
    claims = await new Promise((resolve, reject) => {
      const cb = (error: unknown, token?: Record<string, unknown>) =>
        error ? reject(error) : resolve(token ?? {});
      Promise.resolve(hook(client, scope, audience, context, cb)).catch(reject);
    });
  } catch (error) {
    if (!(error instanceof HookError)) throw error;
    add('access.deny', error.code, error.message);
    return true;
  }
  const { scope: granted, ...others } = claims;
  given.scope = scopeList(granted);
  add('accessToken.setScope', given.scope);
  for (const [key, value] of Object.entries(others)) add('accessToken.setCustomClaim', key, value);
  return false;
}
