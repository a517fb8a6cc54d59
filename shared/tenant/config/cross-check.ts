import type { SourceFile } from './document';
import { isManagementAudience } from './management-audience';
import { derivedId, environmentName } from './names';
import { placeholdersIn } from './placeholders';

/** Finds contradictions in tenant.yaml. It works on raw values, to report them beside other mistakes, and skips wrong
 * types, which the schema reports. @param env where client IDs may come from. */
export function crossCheck(source: SourceFile, file: unknown, env: NodeJS.ProcessEnv): void {
  const apis = entries(file, 'resourceServers');
  const clients = entries(file, 'clients');
  source.once(apis, 'identifier');
  source.once(clients, 'name');
  const connections = [...entries(file, 'databases'), ...entries(file, 'connections')];
  source.once(connections, 'name');
  for (const { value, path } of apis) {
    source.once(entries(value, 'scopes', path), 'value');
    const [token, web] = [field(value, 'token_lifetime') ?? 86_400, field(value, 'token_lifetime_for_web')];
    if (typeof token === 'number' && typeof web === 'number' && web > token)
      source.add([...path, 'token_lifetime_for_web'], 'must not be longer than token_lifetime');
  }
  differentIds(source, named(clients, 'name'), clients, env);
  const clientNames = new Set(named(clients, 'name').map(({ text }) => text));
  const identifiers = new Set(named(apis, 'identifier').map(({ text }) => text));
  const application = ({ text, path }: Named) => {
    if (!clientNames.has(text)) source.add(path, `names no application of this file: ${text}`);
  };
  const api = ({ text, path }: Named) => {
    if (!identifiers.has(text)) source.add(path, `names no API of this file: ${text}`);
  };
  // An unset placeholder is already reported, or unused.
  for (const { value, path } of connections)
    for (const one of entries(value, 'enabled_clients', path))
      if (typeof one.value === 'string' && placeholdersIn(one.value).length === 0)
        application({ text: one.value, path: one.path });
  const grants = entries(file, 'clientGrants');
  for (const one of named(grants, 'audience')) if (!isManagementAudience(one.text)) api(one);
  named(grants, 'client_id').forEach(application);
  grantsFit(source, grants, apis);
  const roles = entries(file, 'roles');
  source.once(roles, 'name');
  for (const { value, path } of roles) permissionsExist(source, entries(value, 'permissions', path), apis);
  for (const one of named([{ value: field(file, 'tenant'), path: ['tenant'] }], 'default_audience'))
    if (one.text !== '') api(one);
}

interface Entry {
  value: unknown;
  path: PropertyKey[];
}
interface Named {
  text: string;
  path: PropertyKey[];
}

const field = (value: unknown, key: string): unknown =>
  value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined;

function entries(value: unknown, key: string, path: PropertyKey[] = []): Entry[] {
  const list = field(value, key);
  return Array.isArray(list) ? list.map((one, i) => ({ value: one, path: [...path, key, i] })) : [];
}

/** The texts under a key of each entry, with their paths. */
function named(list: Entry[], key: string): Named[] {
  return list.flatMap(({ value, path }) => {
    const text = field(value, key);
    return typeof text === 'string' ? [{ text, path: [...path, key] }] : [];
  });
}

function permissionsExist(source: SourceFile, permissions: Entry[], apis: Entry[]): void {
  for (const { value, path } of permissions) {
    const [identifier, name] = [field(value, 'resource_server_identifier'), field(value, 'permission_name')];
    if (typeof identifier !== 'string' || typeof name !== 'string') continue;
    if (apis.some((one) => field(one.value, 'identifier') === identifier)) {
      scopeExists(source, { text: name, path: [...path, 'permission_name'] }, identifier, apis);
      continue;
    }
    const known = named(apis, 'identifier').map(({ text }) => text);
    source.add(
      [...path, 'resource_server_identifier'],
      `names no API of this file: ${identifier}; ${known.length > 0 ? `write one of ${known.join(', ')}` : 'describe it under resourceServers'}`,
    );
  }
}

function scopeExists(source: SourceFile, { text, path }: Named, identifier: string, apis: Entry[]): void {
  const api = apis.find((one) => field(one.value, 'identifier') === identifier);
  if (!api) return;
  const scopes = named(entries(api.value, 'scopes', api.path), 'value').map((one) => one.text);
  if (scopes.includes(text)) return;
  const instead = scopes.length > 0 ? `write one of ${scopes.join(', ')}, or ` : '';
  source.add(path, `names no scope of ${identifier}: ${text}; ${instead}add it to the API’s scopes`);
}

/** Scopes must be the API's, and each pair of application and API has one grant for each subject_type. */
function grantsFit(source: SourceFile, grants: Entry[], apis: Entry[]): void {
  const seen = new Set<string>();
  for (const { value, path } of grants) {
    const [client, audience] = [field(value, 'client_id'), field(value, 'audience')];
    if (typeof client !== 'string' || typeof audience !== 'string') continue;
    for (const scope of entries(value, 'scope', path))
      if (typeof scope.value === 'string')
        scopeExists(source, { text: scope.value, path: scope.path }, audience, apis);
    const key = JSON.stringify([client, audience, field(value, 'subject_type') ?? 'client']);
    if (seen.has(key))
      source.add(
        path,
        `is a second client grant of ${client} for ${audience} and the same subject_type; write one with all scopes`,
      );
    seen.add(key);
  }
}

/** Two applications with one client_id, or one name in the environment, would be indistinguishable. */
function differentIds(source: SourceFile, names: Named[], clients: Entry[], env: NodeJS.ProcessEnv): void {
  const ids = new Map<string, string>();
  const variables = new Map<string, string>();
  for (const { text: name, path } of names) {
    const client = clients.find((one) => one.path[1] === path[1])?.value;
    const variable = environmentName(name);
    const given = field(client, 'client_id');
    const id = typeof given === 'string' ? given : env[`CLIENT_ID__${variable}`] || derivedId(name);
    const before = ids.get(id);
    const namesake = variables.get(variable);
    if (before !== undefined && before !== name)
      source.add(
        given === undefined ? path : [...path.slice(0, -1), 'client_id'],
        `would make two applications ${id}, this one and ${before}: give one of them a client_id of its own`,
      );
    else if (namesake !== undefined && namesake !== name)
      source.add(
        path,
        `is CLIENT_ID__${variable} in the environment, as ${namesake} is: change one of the names`,
      );
    ids.set(id, name);
    variables.set(variable, name);
  }
}
