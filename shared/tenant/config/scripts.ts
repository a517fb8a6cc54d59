import fs from 'node:fs/promises';
import path from 'node:path';
import vm from 'node:vm';
import { z } from 'zod';
import { own } from '../../lib/own';
import type { SourceFile } from './document';
import type { Path } from './path';
import { later, unread } from './vocabulary';

export interface Script {
  kind: 'Action' | 'Rule' | 'Hook';
  name: string;
  /** Absolute, for messages and `require`. */
  file: string;
  /** A function body with module, exports and require; a Rule's returns the Rule. */
  source: string;
  secrets: Record<string, string>;
  /** The listed packages with their versions; undefined where the kind has no such list. */
  packages: { name: string; version: string | undefined }[] | undefined;
  /** JavaScript's syntax error, and its line counted from 1. */
  broken?: { message: string; line: number };
}

const file = z
  .string()
  .min(1)
  .regex(/^[^\n]*$/, 'must be the path of a file, such as ./actions/add-role.js, and not the code itself');
const scriptName = z
  .string()
  .regex(
    /^[^\s-][\w\s-]*[^\s-]$/,
    'must have letters, digits, spaces and - only, and begin and end with none of the latter',
  );

/** The code is a file beside tenant.yaml; secrets become `event.secrets`. */
const action = z.strictObject({
  name: z.string().min(1),
  code: file,
  ...unread('runtime id status modules'),
  deployed: z.boolean().default(false),
  dependencies: z
    .array(z.strictObject({ name: z.string(), version: later, registry_url: later }))
    .default([]),
  secrets: z
    .array(z.strictObject({ name: z.string().min(1), value: z.string().default(''), updated_at: later }))
    .default([]),
  supported_triggers: z.array(z.strictObject({ id: z.string(), version: later, url: later })),
});

const binding = z.strictObject({ action_name: z.string(), display_name: later });

const rule = z.strictObject({
  name: scriptName,
  script: file,
  order: z.number().nullish(),
  enabled: z.boolean().default(true),
  stage: z.enum(['login_success', 'login_failure', 'pre_authorize']).default('login_success'),
  id: later,
});

const hook = z.strictObject({
  name: scriptName,
  script: file,
  triggerId: z.enum([
    'credentials-exchange',
    'pre-user-registration',
    'post-user-registration',
    'post-change-password',
    'send-phone-message',
  ]),
  enabled: z.boolean().default(false),
  secrets: z.record(z.string(), z.string()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
  id: later,
  active: later,
});

export const scriptSections = {
  actions: z.array(action).default([]),
  triggers: z.record(z.string(), z.array(binding)).default({}),
  rules: z.array(rule).default([]),
  rulesConfigs: z
    .array(
      z.strictObject({
        key: z.string().regex(/^[\w-]+$/, 'must have letters, digits, _ and - only'),
        value: z.string(),
      }),
    )
    .default([]),
  hooks: z.array(hook).default([]),
};

export type Sections = { [K in keyof typeof scriptSections]: z.output<(typeof scriptSections)[K]> };

/** In the order in which it runs. */
export interface Scripts {
  postLogin: Script[];
  credentialsExchange: Script[];
  rules: Script[];
  hooks: Script[];
  configuration: Record<string, string>;
  /** What is no mistake, e.g. that a Hook never sees a login. */
  hints: { script: string; reason: string }[];
}

/** Triggers that run here, and all of Auth0's. */
export const SERVED_TRIGGERS = ['post-login', 'credentials-exchange'];
export const TRIGGERS = `${SERVED_TRIGGERS.join(' ')} pre-user-registration post-user-registration
  post-change-password send-phone-message password-reset-post-challenge password-hash-migration
  custom-token-exchange custom-email-provider custom-phone-provider event-stream login-post-identifier
  signup-post-identifier`.split(/\s+/);

/** The only trigger of Hooks, and stage of Rules, that run here. */
export const SERVED_HOOK = 'credentials-exchange';
export const SERVED_STAGE = 'login_success';

/** Reads the code that tenant.yaml names. A syntax error marks a script as broken, so that its logins are denied.
 * @param base folder of the paths. @param config undefined if invalid: then nothing is read. */
export async function readScripts(
  source: SourceFile,
  config: Sections | undefined,
  env: NodeJS.ProcessEnv,
  base: string,
): Promise<Scripts> {
  const scripts: Scripts = {
    postLogin: [],
    credentialsExchange: [],
    rules: [],
    hooks: [],
    configuration: {},
    hints: [],
  };
  if (!config) return scripts;
  const { actions, rules, rulesConfigs, hooks } = config;
  // The key may be __proto__.
  scripts.configuration = Object.fromEntries(rulesConfigs.map(({ key, value }) => [key, value]));
  for (const [section, list] of Object.entries({ actions, rules, hooks })) {
    const entries = list.map((value, i) => ({ value, path: [section, i] }));
    source.once(entries, 'name');
  }
  const reading: Reading = {
    source,
    env,
    base,
    scripts,
    hint: (script, reason) => scripts.hints.push({ script, reason }),
  };
  bindActions(reading, config, await readActions(reading, config));
  await readRules(reading, rules);
  await readHooks(reading, hooks);
  return scripts;
}

interface Reading {
  source: SourceFile;
  env: NodeJS.ProcessEnv;
  base: string;
  /** What was read so far. */
  scripts: Scripts;
  hint(script: string, reason: string): void;
}

/** @returns the Actions by name; undefined for one without its file. */
async function readActions(
  reading: Reading,
  { actions, triggers }: Sections,
): Promise<Map<string, Script | undefined>> {
  const read = new Map<string, Script | undefined>();
  const bound = new Set(Object.values(triggers).flatMap((list) => list.map((one) => one.action_name)));
  for (const [i, { name, code, secrets, dependencies }] of actions.entries()) {
    const action = await script(reading, ['actions', i, 'code'], code, {
      kind: 'Action',
      name,
      secrets: Object.fromEntries(secrets.map((one) => [one.name, one.value])),
      packages: dependencies.map(({ name, version }) => ({ name, version: versionText(version) })),
    });
    read.set(name, action);
    if (!bound.has(name))
      reading.hint(`Action ${name}`, 'is bound to no trigger (triggers in tenant.yaml) and never runs');
  }
  return read;
}

function bindActions(
  { source, scripts, hint }: Reading,
  { actions, triggers }: Sections,
  read: Map<string, Script | undefined>,
): void {
  for (const [trigger, list] of Object.entries(triggers)) {
    if (!TRIGGERS.includes(trigger))
      source.add(['triggers', trigger], `is no trigger of Auth0's; write one of ${TRIGGERS.join(', ')}`);
    for (const [i, { action_name }] of list.entries()) {
      const unfit = whyNotBound(action_name, actions, trigger);
      for (const reason of unfit) source.add(['triggers', trigger, i, 'action_name'], reason);
      const ready = read.get(action_name);
      if (!ready) continue;
      if (trigger === 'post-login') scripts.postLogin.push(ready);
      else if (trigger === 'credentials-exchange') scripts.credentialsExchange.push(ready);
      else hint(`Action ${action_name}`, `its trigger ${trigger} is not run by the local tenant`);
    }
  }
}

async function readRules(reading: Reading, rules: Sections['rules']): Promise<void> {
  const ordered = [...rules.entries()].sort(([, a], [, b]) => (a.order ?? Infinity) - (b.order ?? Infinity));
  for (const [i, one] of ordered) {
    const ready = await script(reading, ['rules', i, 'script'], one.script, {
      kind: 'Rule',
      name: one.name,
      secrets: {},
      packages: undefined,
    });
    if (one.stage !== SERVED_STAGE)
      reading.hint(`Rule ${one.name}`, `its stage ${one.stage} is not run by the local tenant`);
    else if (ready && one.enabled) reading.scripts.rules.push(ready);
  }
}

async function readHooks(reading: Reading, hooks: Sections['hooks']): Promise<void> {
  for (const [i, one] of hooks.entries()) {
    const ready = await script(reading, ['hooks', i, 'script'], one.script, {
      kind: 'Hook',
      name: one.name,
      secrets: one.secrets,
      packages: Object.entries(one.dependencies).map(([name, version]) => ({ name, version })),
    });
    if (!ready || !one.enabled) continue;
    const runs = one.triggerId === SERVED_HOOK;
    if (runs) reading.scripts.hooks.push(ready);
    reading.hint(
      `Hook ${one.name}`,
      runs
        ? 'runs only when an application gets a token for itself (client_credentials); a user’s login never passes it'
        : `its trigger ${one.triggerId} is not run by the local tenant`,
    );
  }
}

/** Versions are not validated; a mismatch is reported when the script requires the package. */
const versionText = (version: unknown) =>
  typeof version === 'string' || typeof version === 'number' ? String(version) : undefined;

function whyNotBound(name: string, actions: Sections['actions'], trigger: string): string[] {
  const found = actions.find((one) => one.name === name);
  if (!found) {
    const known = actions.map((one) => one.name).join(', ');
    return [
      `names no Action of this file: ${name}; ${known ? `write one of ${known}, or ` : ''}describe it under actions`,
    ];
  }
  const supported = found.supported_triggers.map(({ id }) => id);
  return [
    ...(found.deployed ? [] : [`names an Action that is not deployed: ${name}; give it deployed: true`]),
    ...(supported.includes(trigger)
      ? []
      : [
          `names an Action that is not made for ${trigger} but for ${supported.join(', ') || 'nothing'}: ${name}; correct its supported_triggers`,
        ]),
  ];
}

/** @returns undefined for a missing file, which is reported. */
async function script(
  { source, env, base }: Reading,
  at: Path,
  given: string,
  rest: Pick<Script, 'kind' | 'name' | 'secrets' | 'packages'>,
): Promise<Script | undefined> {
  const found = path.resolve(base, given.replaceAll('\\', '/'));
  source.alsoRead.set(found, false);
  let text: string;
  try {
    text = await fs.readFile(found, 'utf8');
    source.alsoRead.set(found, true);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    source.alsoRead.set(found, code !== 'ENOENT');
    const why = {
      ENOENT: `names no file: ${given}; make ${found}, or correct the path`,
      EISDIR: `is a folder: ${given}; name the file in it`,
    }[code];
    source.add(at, why ?? `names a file that cannot be read: ${message}`);
    return undefined;
  }
  const code = filledCode(text, env);
  const ready: Script = { ...rest, file: found, source: rest.kind === 'Rule' ? ruleBody(code) : code };
  const broken = syntaxError(ready);
  return broken ? { ...ready, broken } : ready;
}

/** auth0-deploy-cli fills placeholders in code too. */
export function filledCode(text: string, env: NodeJS.ProcessEnv): string {
  return text
    .replace(/##(\w+)##/g, (whole, name: string) => own(env, name) ?? whole)
    .replace(/@@(\w+)@@/g, (whole, name: string) => {
      const value = own(env, name);
      return value === undefined ? whole : JSON.stringify(value);
    });
}

/** Parses without running. */
function syntaxError({ source, file: filename }: Script): Script['broken'] {
  try {
    vm.compileFunction(source, [], { filename });
    return undefined;
  } catch (error) {
    const { name, message, stack = '' } = error as Error;
    const line = Number(
      stack.startsWith(`${filename}:`) ? /^\d+/.exec(stack.slice(filename.length + 1))?.[0] : 1,
    );
    const fix = /import statement|'export'/.test(message)
      ? '; write require(…) and exports.…, as on a real tenant'
      : '';
    return { message: `${name}: ${message}${fix}`, line };
  }
}

/** Makes the anonymous function an expression, on the same lines. */
function ruleBody(source: string): string {
  let text = source.trimEnd();
  while (text.endsWith(';')) text = text.slice(0, -1).trimEnd();
  return `return (${text}\n)`;
}
