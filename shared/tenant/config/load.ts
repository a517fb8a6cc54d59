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
  /** Those that the tenant serves, with their options. */
  connections: Connection[];
  scripts: Scripts;
  alsoRead: string[];
  /** Counted from 1. */
  lineOf(path: Path): number;
}

/** Reads and validates tenant.yaml (auth0-deploy-cli's format). @param env for placeholders.
 * @param base folder of code paths; default its own. @throws ConfigurationError with every mistake. */
export async function loadTenantConfig(
  file: string,
  env: NodeJS.ProcessEnv = process.env,
  base = path.dirname(file),
): Promise<LoadedConfig> {
  await noDirectoryFormat(file);
  return checked(await SourceFile.read(file, withDefaults(env)), env, base);
}

/** Entries at the top of auth0-deploy-cli's directory format. */
const DIRECTORY_FORMAT =
  /^(?:tenant\.json|clients|resource-servers|database-connections|client-grants|guardian)$/;

/** @throws ConfigurationError for a folder in auth0-deploy-cli's directory format. */
async function noDirectoryFormat(file: string): Promise<void> {
  // Anything else is read, or refused, as a file.
  const names = await fs.readdir(file).catch(() => [] as string[]);
  if (names.includes('tenant.yaml') || !names.some((name) => DIRECTORY_FORMAT.test(name))) return;
  const message =
    'is a folder in auth0-deploy-cli’s directory format, and the local tenant reads the YAML format. Convert it: ' +
    `a0deploy import --input_file ${file} puts it into an Auth0 tenant, a0deploy export --format yaml --output_folder out ` +
    'gets it from there, and out/tenant.yaml is the file to name here';
  throw new ConfigurationError([{ file, path: '', line: 1, message }]);
}

/** The same for text that is about to be written. */
export async function checkTenantConfig(
  file: string,
  text: string,
  env: NodeJS.ProcessEnv,
  base: string,
): Promise<LoadedConfig> {
  return checked(SourceFile.of(file, text, withDefaults(env)), env, base);
}

export function withDefaults(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // Any domain in the audience of the Management API means this tenant: see ManagementApi.
  return { ...REAL_PROVIDERS, AUTH0_DOMAIN: 'localhost', ...env };
}

async function checked(source: SourceFile, env: NodeJS.ProcessEnv, base: string): Promise<LoadedConfig> {
  const value = withoutEmpty(withUnsetReported(source, source.value() ?? {}));
  const config = source.check(tenantConfig, value);
  const connections = readConnections(source, value, config?.connections);
  crossCheck(source, value, env);
  const scripts = await readScripts(source, config, env, base);
  source.throwIfWrong();
  // As on a real tenant, the default is never longer than token_lifetime.
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

/** An empty section counts as absent. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== null)
      .map(([key, one]) => [key, withoutEmpty(one)]),
  );
}
