import fs from 'node:fs/promises';
import path from 'node:path';
import { type Connection, REAL_PROVIDERS, readConnections } from './connections';
import { crossCheck } from './cross-check';
import { ConfigurationError, SourceFile } from './document';
import type { Path } from './path';
import { type TenantConfig, tenantConfig } from './schema';
import { readScripts, type Scripts } from './scripts';
import { withUnsetReported } from './unset';

export { ConfigurationError, type ConfigurationProblem } from './document';

export interface LoadedConfig {
  config: TenantConfig;
  /** Those of its connections that the tenant serves, with their options. */
  connections: Connection[];
  /** The code that it names, as it was when it was read. */
  scripts: Scripts;
  /** Paths of the files that it names. */
  alsoRead: string[];
  /** The line of a value in tenant.yaml, counted from 1. */
  lineOf(path: Path): number;
}

/**
 * Reads and validates tenant.yaml (auth0-deploy-cli's format).
 *
 * @param env where the placeholders `##NAME##` and `@@NAME@@` come from.
 * @param base the folder from which the paths of code in it begin; its own unless it is a copy.
 * @throws ConfigurationError with every mistake, each with its path and line.
 */
export async function loadTenantConfig(
  file: string,
  env: NodeJS.ProcessEnv = process.env,
  base = path.dirname(file),
): Promise<LoadedConfig> {
  await noDirectoryFormat(file);
  return checked(await SourceFile.read(file, withDefaults(env)), env, base);
}

/** What auth0-deploy-cli writes at the top of its directory format, and no other folder is likely to have. */
const DIRECTORY_FORMAT =
  /^(?:tenant\.json|clients|resource-servers|database-connections|client-grants|guardian)$/;

/** @throws ConfigurationError for a folder of auth0-deploy-cli's other format. */
async function noDirectoryFormat(file: string): Promise<void> {
  // What is no folder is read, or refused, as a file.
  const names = await fs.readdir(file).catch(() => [] as string[]);
  if (names.includes('tenant.yaml') || !names.some((name) => DIRECTORY_FORMAT.test(name))) return;
  const message =
    'is a folder in auth0-deploy-cli’s directory format, and the local tenant reads the YAML format. Convert it: ' +
    `a0deploy import --input_file ${file} puts it into an Auth0 tenant, a0deploy export --format yaml --output_folder out ` +
    'gets it from there, and out/tenant.yaml is the file to name here';
  throw new ConfigurationError([{ file, path: '', line: 1, message }]);
}

/** The same for a text that is about to become the file. */
export async function checkTenantConfig(
  file: string,
  text: string,
  env: NodeJS.ProcessEnv,
  base: string,
): Promise<LoadedConfig> {
  return checked(SourceFile.of(file, text, withDefaults(env)), env, base);
}

/** The environment, with what a placeholder is where nobody says otherwise. */
export function withDefaults(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // Whichever domain a file names for the Management API, this tenant's own is meant: see ManagementApi.
  return { ...REAL_PROVIDERS, AUTH0_DOMAIN: 'localhost', ...env };
}

async function checked(source: SourceFile, env: NodeJS.ProcessEnv, base: string): Promise<LoadedConfig> {
  const value = withoutEmpty(withUnsetReported(source, source.value() ?? {}));
  const config = source.check(tenantConfig, value);
  const connections = readConnections(source, value, config?.connections);
  crossCheck(source, value, env);
  const scripts = await readScripts(source, config, env, base);
  source.throwIfWrong();
  // As on a real tenant a default is never longer than what it is a part of.
  for (const api of config?.resourceServers ?? [])
    api.token_lifetime_for_web = Math.min(api.token_lifetime_for_web, api.token_lifetime);
  return {
    config: config as TenantConfig,
    connections,
    scripts,
    alsoRead: [...source.alsoRead.keys()],
    lineOf: (at) => source.lineOf(at),
  };
}

/** A section that was begun and left empty counts as absent. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== null)
      .map(([key, one]) => [key, withoutEmpty(one)]),
  );
}
