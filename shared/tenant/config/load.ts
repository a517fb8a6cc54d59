import { type Path, SourceFile } from './document';
import { type TenantConfig, tenantConfig } from './schema';

export { ConfigurationError, type ConfigurationProblem } from './document';

export interface LoadedConfig {
  config: TenantConfig;
  /** The line of a value in tenant.yaml, counted from 1. */
  lineOf(path: Path): number;
}

/**
 * Reads and validates tenant.yaml (auth0-deploy-cli's format; `##NAME##` and `@@NAME@@` come from the environment).
 *
 * @throws ConfigurationError with every mistake, each with its path and line.
 */
export async function loadTenantConfig(
  path: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<LoadedConfig> {
  const source = await SourceFile.read(path);
  source.throwIfWrong();
  const config = source.check(tenantConfig, placeholders(source, source.value() ?? {}, env, []));
  if (config) crossCheck(source, config);
  source.throwIfWrong();
  return { config: config as TenantConfig, lineOf: (at) => source.lineOf(at) };
}

function placeholders(
  source: SourceFile,
  value: unknown,
  env: NodeJS.ProcessEnv,
  path: PropertyKey[],
): unknown {
  if (typeof value === 'string') {
    return value.replace(/##([A-Z0-9_]+)##|@@([A-Z0-9_]+)@@/g, (whole, plain, json) => {
      const found = env[plain ?? json];
      if (found === undefined) source.add(path, `${whole} needs ${plain ?? json} in the environment`);
      return found ?? whole;
    });
  }
  if (Array.isArray(value)) return value.map((item, i) => placeholders(source, item, env, [...path, i]));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      // A section that was begun and left empty counts as absent.
      .filter(([, v]) => v !== null)
      .map(([k, v]) => [k, placeholders(source, v, env, [...path, k])]),
  );
}

function crossCheck(source: SourceFile, config: TenantConfig): void {
  unique(
    source,
    'resourceServers',
    config.resourceServers.map((api) => api.identifier),
    'identifier',
  );
  unique(
    source,
    'clients',
    config.clients.map((client) => client.name),
    'name',
  );
  config.resourceServers.forEach((api, i) => {
    unique(
      source,
      `resourceServers`,
      api.scopes.map((scope) => scope.value),
      'value',
      [i, 'scopes'],
    );
    if (
      api.token_lifetime_for_web > api.token_lifetime &&
      source.lineOf(['resourceServers', i, 'token_lifetime_for_web']) !==
        source.lineOf(['resourceServers', i])
    ) {
      source.add(['resourceServers', i, 'token_lifetime_for_web'], 'must not be longer than token_lifetime');
    }
  });
  const names = new Set(config.clients.map((client) => client.name));
  config.databases.forEach((database, i) => {
    database.enabled_clients.forEach((name, j) => {
      if (!names.has(name))
        source.add(['databases', i, 'enabled_clients', j], `names no application of this file: ${name}`);
    });
  });
  const apis = new Set(config.resourceServers.map((api) => api.identifier));
  config.clientGrants.forEach((grant, i) => {
    if (!apis.has(grant.audience))
      source.add(['clientGrants', i, 'audience'], `names no API of this file: ${grant.audience}`);
    if (!names.has(grant.client_id))
      source.add(['clientGrants', i, 'client_id'], `names no application of this file: ${grant.client_id}`);
  });
  const audience = config.tenant.default_audience;
  if (audience !== undefined && !apis.has(audience))
    source.add(['tenant', 'default_audience'], `names no API of this file: ${audience}`);
}

function unique(
  source: SourceFile,
  section: string,
  values: string[],
  field: string,
  below: Path = [],
): void {
  const seen = new Set<string>();
  values.forEach((value, i) => {
    if (seen.has(value)) source.add([section, ...below, i, field], `stands here twice: ${value}`);
    seen.add(value);
  });
}
