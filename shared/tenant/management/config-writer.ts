import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { own } from '../../lib/own';
import { writeWhole } from '../../lib/write-whole';
import { ConfigurationError } from '../config/document';
import { edited, filled, type Plain, yamlValue } from '../config/edit';
import { checkTenantConfig, withDefaults } from '../config/load';
import { placeholdersIn } from '../config/placeholders';
import type { TenantConfig } from '../config/schema';
import { CodeFiles } from './code-files';
import { Draft, isEntry } from './draft';
import { ManagementError } from './failure';
import type { StoredSecrets } from './secrets';

export interface ConfigWriterOptions {
  file: () => string;
  /** The folder from which the paths of code in it begin. */
  base: () => string;
  env: NodeJS.ProcessEnv;
  secrets: StoredSecrets;
  reload: () => Promise<void>;
}

/** Retries when somebody else saves the file meanwhile. */
const MOST_ATTEMPTS = 5;

/** Edits of tenant.yaml by the Management API: one after the other, validated, written atomically, in effect at once. */
export class ConfigWriter {
  #last: Promise<unknown> = Promise.resolve();
  readonly #past = new Past();

  constructor(private readonly options: ConfigWriterOptions) {}

  /** @param edit changes the draft; called again with a new draft if the file is saved meanwhile.
   * @throws ManagementError 400 for an invalid result, 409 for an invalid file; nothing is written then. */
  change<T>(edit: (draft: Draft) => T): Promise<T> {
    const result = this.#last.then(() => this.#attempt(edit, 1));
    this.#last = result.catch(() => {});
    return result;
  }

  async #attempt<T>(edit: (draft: Draft) => T, attempt: number): Promise<T> {
    // Replaces a link's target, not the link.
    const file = await fs.realpath(this.options.file());
    const text = await fs.readFile(file, 'utf8');
    const base = this.options.base();
    const draft = await this.#draft(file, text, base);
    const result = edit(draft);
    const { secrets, also } = draft.plan;
    const unset = textsWithPlaceholders(yamlValue(text, this.#env()));
    noOtherPlaceholder(draft.raw, secrets, unset);
    for (const code of draft.plan.code.values()) noOtherPlaceholder(code, {}, []);
    const env = this.#env(secrets);
    const next = this.#past.again(text, draft.raw, env) ?? edited(text, draft.raw, env);
    const code = await CodeFiles.prepare(base, draft.plan.code);
    try {
      if (next !== text || code.any) await check(file, next, env, base);
      await this.options.secrets.add(secrets);
      code.write();
      for (const work of also) await work();
      if (next !== text && !replaced(file, text, next)) {
        if (attempt < MOST_ATTEMPTS) return await this.#attempt(edit, attempt + 1);
        throw new ManagementError(409, `${file} is being saved by somebody else; try again`, 'conflict');
      }
    } catch (error) {
      await code.undo();
      throw error;
    }
    if (next !== text) this.#past.wrote(text, next);
    if (next !== text || code.any || also.length > 0 || Object.keys(secrets).length > 0)
      await this.options.reload();
    return result;
  }

  /** The environment overrides stored values, as for every setting. */
  #env(added: Record<string, string> = {}): NodeJS.ProcessEnv {
    return withDefaults({ ...this.options.secrets.values, ...added, ...this.options.env });
  }

  async #draft(file: string, text: string, base: string): Promise<Draft> {
    const env = this.#env();
    const config = await present(file, text, env, base);
    const value = yamlValue(text, env);
    const { env: environment, secrets } = this.options;
    return new Draft(isEntry(value) ? value : {}, config, { text, environment, stored: secrets.values });
  }
}

const MOST_TEXTS = 20;

/** Earlier texts of the file until somebody else saves it. auth0-deploy-cli removes a role's permissions and adds
 * them again at each import: an edit back to an earlier value restores that text, with its comments. */
class Past {
  #texts: string[] = [];
  #last: string | undefined;

  wrote(before: string, now: string): void {
    if (before !== this.#last) this.#texts = [];
    this.#texts = [...this.#texts, before].slice(-MOST_TEXTS);
    this.#last = now;
  }

  again(now: string, wanted: Plain, env: NodeJS.ProcessEnv): string | undefined {
    if (now !== this.#last) return undefined;
    const meant = filled(wanted, env);
    return this.#texts.findLast((text) => isDeepStrictEqual(yamlValue(text, env), meant));
  }
}

/** @returns false when the file changed since the edit began. */
function replaced(file: string, before: string, next: string): boolean {
  // Synchronous, so that nothing in this process can save in between.
  if (readFileSync(file, 'utf8') !== before) return false;
  writeWhole(file, next);
  return true;
}

/** A placeholder in a request would expose the tenant's environment. Unset ones of the file may remain.
 * @param before the file's texts with one, once for each occurrence. @throws ManagementError */
function noOtherPlaceholder(value: Plain, added: Record<string, string>, before: string[]): void {
  if (typeof value === 'string') {
    const other = placeholdersIn(value).find(({ name }) => own(added, name) === undefined);
    if (!other) return;
    const known = before.indexOf(value);
    if (known < 0)
      throw new ManagementError(
        400,
        `Payload validation error: ${other.placeholder} is a placeholder, which only tenant.yaml itself may have; send its value`,
        'invalid_body',
      );
    before.splice(known, 1);
  } else if (value !== null && typeof value === 'object')
    for (const [key, one] of Object.entries(value)) {
      noOtherPlaceholder(key, {}, before);
      noOtherPlaceholder(one, added, before);
    }
}

function textsWithPlaceholders(value: Plain): string[] {
  if (typeof value === 'string') return placeholdersIn(value).length > 0 ? [value] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, one]) => [
    ...textsWithPlaceholders(key),
    ...textsWithPlaceholders(one),
  ]);
}

/** @throws ManagementError when the file is invalid. */
async function present(
  file: string,
  text: string,
  env: NodeJS.ProcessEnv,
  base: string,
): Promise<TenantConfig> {
  try {
    return (await checkTenantConfig(file, text, env, base)).config;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const [first] = error.problems;
    const where = `line ${first?.line}, ${first?.path ? `${first.path} ` : ''}${first?.message}`;
    throw new ManagementError(
      409,
      `tenant.yaml has a mistake that must be fixed first: ${where}`,
      'tenant_file_invalid',
    );
  }
}

/** @throws ManagementError that names the field, like Auth0's payload validation. */
async function check(file: string, text: string, env: NodeJS.ProcessEnv, base: string): Promise<void> {
  try {
    await checkTenantConfig(file, text, env, base);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const messages = error.problems.map(({ path: at, message }) => {
      // clients[2].callbacks[0] is callbacks[0] of the request.
      const field = at.replace(/^\w+(?:\[\d+\])?\.?/, '');
      return field ? `'${field}' ${message}` : message;
    });
    throw new ManagementError(400, `Payload validation error: ${messages.join('; ')}`, 'invalid_body');
  }
}
