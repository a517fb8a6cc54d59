import { Console } from 'node:console';
import { builtinModules, createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { format } from 'node:util';
import vm from 'node:vm';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type {
  Answer,
  Command,
  Failure,
  FromWorker,
  Handler,
  Job,
  JobResult,
  Output,
  Question,
  WorkerSettings,
} from './protocol';

/*
 * The thread in which Actions, Rules and Hooks run: plain JavaScript of a learner, which may throw, exit or loop. It runs one
 * job at a time. The file is compiled and handed to the thread as text, so it imports nothing but Node's own modules.
 */
const { scripts, root, configuration, signal, questions } = workerData as WorkerSettings & {
  questions: MessagePort;
};
const port = parentPort as NonNullable<typeof parentPort>;
const send = (message: FromWorker) => port.postMessage(message);

/** Lines of output that one job may write, and characters of each: an endless loop must not fill the tenant's memory. */
const LINES = 200;
const LINE_LENGTH = 4000;

let running: { job: Job; script: number | undefined; commands: Command[]; lines: number } | undefined;

port.on('message', (job: Job) => {
  running = { job, script: undefined, commands: [], lines: 0 };
  run(job).then(
    (stoppedAt) => finish(stoppedAt === undefined ? {} : { stoppedAt }),
    (error: unknown) => finish({ failure: failure(error) }),
  );
});
for (const fatal of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(fatal, (error) => finish({ failure: failure(error) }, true));
const exit = process.exit.bind(process);
process.exit = ((code?: number) => {
  const at = new Error(`called process.exit(${code ?? ''})`);
  finish({ failure: failure(at) }, true);
  exit();
}) as typeof process.exit;
// These would end or change the tenant itself.
for (const name of ['kill', 'abort', 'chdir'] as const)
  (process as unknown as Record<string, unknown>)[name] = () => {
    throw new Error(`process.${name} is not possible here`);
  };
globalThis.console = new Console({ stdout: writesAs('log'), stderr: writesAs('error') });
send({ type: 'ready' });

function finish(outcome: Omit<JobResult, 'commands'>, spent = false): void {
  const commands = running?.commands ?? [];
  running = undefined;
  send({ type: 'result', result: { commands, ...outcome }, spent });
}

/** @returns the index of the step at which the run stopped on purpose. */
async function run(job: Job): Promise<number | undefined> {
  const { event, rules } = job;
  for (const [i, { script, handler }] of job.steps.entries()) {
    if (running) running.script = script;
    send({ type: 'step', script });
    if (handler === 'rule') {
      // A Rule's redirect happens when all Rules have run; the Actions wait for the return.
      const last = job.steps[i + 1]?.handler !== 'rule';
      if (await runRule(script, rules as NonNullable<Job['rules']>, last)) return i;
    } else if (handler === 'hook') {
      if (await runHook(script, event)) return i;
    } else if (await runAction(script, handler, event)) return i;
  }
  return undefined;
}

/** @returns whether the run ends with this Action: it denied, or it sends the user elsewhere. */
async function runAction(script: number, handler: Handler, event: Record<string, unknown>): Promise<boolean> {
  const exported = load(script) as Record<string, unknown>;
  const handle = exported[handler];
  if (typeof handle !== 'function') throw new Error(`exports no function ${handler}`);
  const first = running?.commands.length ?? 0;
  const own = { ...structuredClone(event), secrets: { ...scripts[script]?.secrets } };
  await handle(own, apiFor(script, handler, event));
  const mine = running?.commands.slice(first) ?? [];
  for (const { method, args } of mine) applyToEvent(event, method, args);
  return mine.some(({ method }) => method === 'access.deny' || method === 'redirect.sendUserTo');
}

/** Later Actions of the run see the metadata that an earlier one set. */
function applyToEvent(event: Record<string, unknown>, method: string, args: unknown[]): void {
  const kind = { 'user.setAppMetadata': 'app_metadata', 'user.setUserMetadata': 'user_metadata' }[method];
  const user = event.user as Record<string, Record<string, unknown>> | undefined;
  if (kind && user) user[kind] = { ...user[kind], [String(args[0])]: args[1] };
}

/** What the local tenant does not have, by the first word after `api`. */
const ABSENT: Record<string, string> = {
  authentication: 'there are no further factors here',
  multifactor: 'there is no second factor here',
  samlResponse: 'the tenant is no SAML identity provider',
  validation: 'it belongs to triggers that are not run here',
  cache: 'nothing is kept between runs here; use a variable outside of the function',
  session: 'sessions end as tenant.yaml says',
  refreshToken: 'refresh tokens end as tenant.yaml says',
  groups: 'users have no groups here',
  prompt: 'there are no Forms here',
  rules: 'no run of a Rule is kept here',
  transaction: 'no custom domains or metadata are kept here',
};

const text = (value: unknown, what: string) => {
  if (typeof value !== 'string' || value === '')
    throw new TypeError(`${what} must be a text, and is ${format('%o', value)}`);
};

function apiFor(script: number, handler: Handler, event: Record<string, unknown>): object {
  const api: Record<string, unknown> = {};
  const command =
    (method: string, check: (...args: unknown[]) => void) =>
    (...args: unknown[]) => {
      check(...args);
      running?.commands.push({ script, method, args: plain(args, method) });
      return guarded;
    };
  const claim = (name: string) => command(name, (key) => text(key, `the name of the claim (api.${name})`));
  const scope = (name: string) => command(name, (value) => text(value, `the scope (api.${name})`));
  if (handler === 'onExecuteCredentialsExchange') {
    api.access = { deny: command('access.deny', (code) => text(code, 'the code (api.access.deny)')) };
    api.accessToken = { setCustomClaim: claim('accessToken.setCustomClaim') };
  } else {
    const metadata = (name: string) => command(name, (key) => text(key, `the key (api.${name})`));
    api.access = { deny: command('access.deny', () => {}) };
    api.accessToken = {
      setCustomClaim: claim('accessToken.setCustomClaim'),
      addScope: scope('accessToken.addScope'),
      removeScope: scope('accessToken.removeScope'),
    };
    api.idToken = { setCustomClaim: claim('idToken.setCustomClaim') };
    api.user = {
      setAppMetadata: metadata('user.setAppMetadata'),
      setUserMetadata: metadata('user.setUserMetadata'),
    };
    api.redirect = {
      sendUserTo: command('redirect.sendUserTo', (url) => {
        if (typeof url !== 'string' || !/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
          throw new TypeError(
            `api.redirect.sendUserTo needs an absolute http(s) URL, and got ${format('%o', url)}`,
          );
      }),
      encodeToken: (options: Record<string, unknown>) => encodeToken(options, event),
      validateToken: (options: Record<string, unknown>) => validateToken(options, event),
    };
  }
  const guarded: object = new Proxy(api, {
    get: (target, name) => {
      if (typeof name !== 'string' || name in target || name === 'then') return target[String(name)];
      const why = ABSENT[name] ?? `it has api.${Object.keys(api).join(', api.')}`;
      throw new Error(`api.${name} is not in the local tenant: ${why}`);
    },
  });
  return guarded;
}

/** Tokens are JSON, and so is all that leaves this thread. */
function plain(args: unknown[], method: string): unknown[] {
  try {
    return args.map((one) => (one === undefined ? undefined : JSON.parse(JSON.stringify(one) ?? 'null')));
  } catch (error) {
    throw new TypeError(`api.${method} got a value that is no JSON: ${(error as Error).message}`);
  }
}

function encodeToken(options: Record<string, unknown> | undefined, event: Record<string, unknown>): unknown {
  const { secret, expiresInSeconds = 900, payload = {} } = options ?? {};
  text(secret, 'the option secret (api.redirect.encodeToken)');
  const { user, request } = event as { user: { user_id: string }; request: { hostname: string; ip: string } };
  const own = { iss: request.hostname, sub: user.user_id, ip: request.ip };
  return answerTo({
    ask: 'encodeToken',
    secret: String(secret),
    expiresInSeconds: Number(expiresInSeconds),
    payload: { ...own, ...(plain([payload], 'redirect.encodeToken')[0] as object) },
  });
}

function validateToken(
  options: Record<string, unknown> | undefined,
  event: Record<string, unknown>,
): unknown {
  const { secret, tokenParameterName = 'session_token' } = options ?? {};
  text(secret, 'the option secret (api.redirect.validateToken)');
  const { query, body } = event.request as Record<'query' | 'body', Record<string, unknown>>;
  const name = String(tokenParameterName);
  const token = body?.[name] ?? query?.[name];
  const invalid = (why: string) => new Error(`The session token is invalid: ${why}`);
  if (typeof token !== 'string' || token === '') throw invalid(`there is no parameter ${name}`);
  let payload: Record<string, unknown>;
  try {
    payload = answerTo({ ask: 'validateToken', secret: String(secret), token }) as typeof payload;
  } catch (error) {
    throw invalid((error as Error).message);
  }
  if (payload.state !== (query?.state ?? body?.state))
    throw invalid('State in the token does not match the /continue state.');
  return payload;
}

/** Waits, without giving way, until the tenant has answered. */
function answerTo(question: Question): unknown {
  const flag = new Int32Array(signal);
  Atomics.store(flag, 0, 0);
  questions.postMessage(question);
  Atomics.wait(flag, 0, 0);
  const answer = receiveMessageOnPort(questions)?.message as Answer;
  if ('error' in answer) throw new Error(answer.error);
  return answer.value;
}

/** @returns whether the run ends here. Claims that the Rule set are told as an Action's would be. */
async function runRule(
  script: number,
  { user, context }: NonNullable<Job['rules']>,
  last: boolean,
): Promise<boolean> {
  const rule = load(script);
  if (typeof rule !== 'function') throw new Error('is not a function (user, context, callback)');
  const before = JSON.stringify([context.idToken, context.accessToken]);
  const add = (method: string, ...args: unknown[]) =>
    running?.commands.push({ script, method, args: plain(args, method) });
  try {
    await new Promise<void>((resolve, reject) => {
      const callback = (error: unknown, newUser?: object, newContext?: object) => {
        if (error) return reject(error);
        if (newUser !== user && newUser) Object.assign(user, newUser);
        if (newContext !== context && newContext) Object.assign(context, newContext);
        resolve();
      };
      Promise.resolve(rule(user, context, callback)).catch(reject);
    });
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    add('access.deny', error.message);
    return true;
  }
  const [idToken, accessToken] = JSON.parse(before) as (Record<string, unknown> | null)[];
  const changed = (now: unknown, old: Record<string, unknown> | null | undefined) =>
    Object.entries((now ?? {}) as object).filter(([k, v]) => JSON.stringify(v) !== JSON.stringify(old?.[k]));
  for (const [key, value] of changed(context.idToken, idToken)) add('idToken.setCustomClaim', key, value);
  for (const [key, value] of changed(context.accessToken, accessToken))
    if (key === 'scope') add('accessToken.setScope', scopeList(value));
    else add('accessToken.setCustomClaim', key, value);
  const { url } = (context.redirect ?? {}) as { url?: unknown };
  if (!last || url === undefined) return false;
  add('redirect.sendUserTo', url);
  return true;
}

const scopeList = (value: unknown) =>
  Array.isArray(value)
    ? value.map(String)
    : typeof value === 'string'
      ? value.split(' ').filter(Boolean)
      : [];

/** A credentials-exchange Hook: what it hands back is the whole of the token's own claims, the scope among them. */
async function runHook(script: number, event: Record<string, unknown>): Promise<boolean> {
  const hook = load(script);
  if (typeof hook !== 'function')
    throw new Error('must set module.exports to a function (client, scope, audience, context, cb)');
  const { client, scope, audience } = structuredClone(event) as Record<string, unknown>;
  const context = { webtask: { secrets: { ...scripts[script]?.secrets } } };
  const add = (method: string, ...args: unknown[]) =>
    running?.commands.push({ script, method, args: plain(args, method) });
  const claims = await new Promise<Record<string, unknown>>((resolve, reject) => {
    const cb = (error: unknown, token?: Record<string, unknown>) =>
      error ? reject(error) : resolve(token ?? {});
    Promise.resolve(hook(client, scope, audience, context, cb)).catch(reject);
  }).catch((error: unknown) => {
    if (!(error instanceof HookError)) throw error;
    add('access.deny', error.code, error.message);
    return undefined;
  });
  if (claims === undefined) return true;
  const { scope: granted, ...others } = claims;
  add('accessToken.setScope', scopeList(granted));
  event.scope = scopeList(granted);
  for (const [key, value] of Object.entries(others)) add('accessToken.setCustomClaim', key, value);
  return false;
}

class UnauthorizedError extends Error {
  override name = 'UnauthorizedError';
}
class HookError extends Error {
  readonly code: string = 'server_error';
}
class InvalidScopeError extends HookError {
  override readonly code = 'invalid_scope';
}
class InvalidRequestError extends HookError {
  override readonly code = 'invalid_request';
}
class ServerError extends HookError {}

const loaded = new Map<number, unknown>();

/** What a script exports; it is evaluated once in a worker's life, as on a real tenant. */
function load(script: number): unknown {
  if (loaded.has(script)) return loaded.get(script);
  const { kind, source, file } = scripts[script] as WorkerSettings['scripts'][number];
  const module = { exports: {} as unknown };
  const globals: Record<string, unknown> = {
    require: requireFor(script),
    module,
    exports: module.exports,
    ...(kind === 'Rule' ? { UnauthorizedError, configuration: { ...configuration } } : {}),
    ...(kind === 'Hook' ? { InvalidScopeError, InvalidRequestError, ServerError } : {}),
  };
  const compiled = vm.compileFunction(source, Object.keys(globals), {
    filename: file,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const returned: unknown = compiled.call(module.exports, ...Object.values(globals));
  const exported = kind === 'Rule' ? returned : module.exports;
  loaded.set(script, exported);
  return exported;
}

/** Node's modules, and the packages that the script's folder or the workshop has. */
function requireFor(script: number): (name: string) => unknown {
  const { file, packages, kind } = scripts[script] as WorkerSettings['scripts'][number];
  const places = [createRequire(file), createRequire(root)];
  const told = new Set<string>();
  return (name) => {
    if (/^[./]/.test(name))
      throw new Error(
        `cannot require ${name}: on a real tenant an ${kind} is one file; use a package, or copy the code`,
      );
    if (builtinModules.includes(name.replace(/^node:/, ''))) return require(name);
    const asPackage = name.split('/', name.startsWith('@') ? 2 : 1).join('/');
    if (packages && !packages.includes(asPackage) && !told.has(asPackage)) {
      told.add(asPackage);
      say('hint', `requires ${asPackage}, which a real tenant has only if it is listed under dependencies`);
    }
    for (const from of places)
      try {
        return from(name);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND' || !String(error).includes(name))
          throw error;
      }
    throw new Error(`cannot find the package ${name}: npm install it where tenant.yaml is`);
  };
}

function writesAs(level: Output['level']): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      say(level, String(chunk).replace(/\n$/, ''));
      done();
    },
  });
}

function say(level: Output['level'], line: string): void {
  if (running && ++running.lines > LINES + 1) return;
  const rest = running && running.lines > LINES ? '… more output than is kept' : line.slice(0, LINE_LENGTH);
  send({ type: 'output', output: { script: running?.script, level, text: rest } });
}

/** An error in the words of a log: what JavaScript said, in which script, on which of its lines. */
function failure(error: unknown): Failure {
  const message =
    error instanceof Error
      ? error.name === 'Error'
        ? error.message
        : `${error.name}: ${error.message}`
      : format('threw %o', error);
  const stack = error instanceof Error ? String(error.stack) : '';
  for (const line of stack.split('\n'))
    for (const [script, { file }] of scripts.entries()) {
      const at = line.indexOf(`${file}:`);
      const number = at < 0 ? undefined : /^:(\d+)/.exec(line.slice(at + file.length))?.[1];
      if (number !== undefined) return { message, script, line: Number(number) };
    }
  return { message, script: running?.script };
}
