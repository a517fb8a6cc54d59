import { printable as onOneLine } from '../../lib/printable';
import type { Overview } from './model';

export interface TextOptions {
  color: boolean;
  /** Columns, at most 100. */
  width: number;
}

/** Columns before a value. */
const INDENT = 14;

export function overviewText(model: Overview, options: TextOptions = terminal()): string {
  const page = printable(model);
  const style = styleOf(options);
  const missing = whatIsMissing(page);
  return [
    `Tenant ${style.name(page.issuer)}`,
    `from ${page.file}`,
    '',
    ...(page.applications.length > 0
      ? page.applications.flatMap((app) => [...applicationLines(app, page.apis, style), ''])
      : ['No application is registered yet (clients in tenant.yaml).', '']),
    ...(page.apis.length > 0
      ? page.apis.flatMap((api) => [...apiLines(api, style), ''])
      : ['No API is described yet (resourceServers in tenant.yaml).', '']),
    ...page.roles.flatMap((role) => [...roleLines(role, style), '']),
    ...page.code.flatMap(({ kind, name, runs, file }) => [
      `${kind} ${style.name(name)}`,
      ...style.row('runs', runs),
      ...style.row('file', file),
      '',
    ]),
    missing
      ? `Next: ${missing}, then npm run -s tenant -- --show`
      : 'Next: npm run -s tenant, if it does not run yet',
    '',
  ].join('\n');
}

type Style = ReturnType<typeof styleOf>;

function styleOf(options: TextOptions) {
  const width = Math.min(options.width, 100);
  const paint = (code: string, text: string) => (options.color ? `\x1b[${code}m${text}\x1b[0m` : text);
  const name = (text: string) => paint('1;38;5;208', text);
  return {
    name,
    heading: (kind: string, text: string, line: number) =>
      `${kind} ${name(text)}  ${paint('2', `(line ${line})`)}`,
    row: (label: string, text: string) =>
      wrap(text, width - INDENT).map((part, i) => paint('2', `  ${i ? '' : label}`.padEnd(INDENT)) + part),
  };
}

function applicationLines(
  app: Overview['applications'][number],
  apis: Overview['apis'],
  { heading, row }: Style,
): string[] {
  const lines = [heading('Application', app.name, app.line), ...row('client ID', app.client_id)];
  for (const callback of app.callbacks) lines.push(...row('callback', callback));
  if (app.callbacks.length === 0) lines.push(...row('callback', 'none: nobody can be sent back to it'));
  lines.push(...row('grants', app.grant_types.join(', ') || 'none: it cannot get tokens'));
  const users = [...app.databases, ...app.connections].join(', ');
  lines.push(...row('users of', users || 'none: nobody can log in with it (enabled_clients)'));
  for (const may of app.mayAsk) {
    lines.push(...row(may.itself ? 'for itself' : 'may ask at', may.api));
    for (const scope of may.scopes) lines.push(...row('', scope));
    if (may.scopes.length === 0)
      lines.push(...row('', may.itself ? 'no scope' : 'no scope: the API defines none'));
    if (may.itself) continue;
    const api = apis.find(({ identifier }) => identifier === may.api);
    if (may.offline) lines.push(...row('', 'offline_access: gets a refresh token'));
    else lines.push(...row('', 'no refresh token'), ...row('', `(${whyNotOffline(app, api)})`));
  }
  return lines;
}

function apiLines(api: Overview['apis'][number], { heading, row }: Style): string[] {
  const lines = [heading('API', api.name, api.line), ...row('identifier', api.identifier)];
  const offline = api.allow_offline_access ? 'allowed' : 'not allowed';
  lines.push(...row('lifetime', `${api.token_lifetime} s, offline access ${offline}`));
  lines.push(...row('tokens', `${api.token_dialect}, signed with ${api.signing_alg}`));
  if (api.enforce_policies) lines.push(...row('RBAC', 'a user gets those scopes that their roles permit'));
  if (api.token_dialect.endsWith('_authz'))
    lines.push(...row('permissions', 'in each token; the API asks for both, scope and permissions'));
  const longest = Math.max(0, ...api.scopes.map(({ value }) => value.length));
  for (const { value, description } of api.scopes)
    lines.push(...row('scope', `${value.padEnd(longest)}  ${description}`.trimEnd()));
  return lines;
}

function roleLines(role: Overview['roles'][number], { heading, row }: Style): string[] {
  return [
    heading('Role', role.name, role.line),
    ...role.permissions.flatMap(({ api, scopes }) => [
      ...row('may at', api),
      ...scopes.flatMap((scope) => row('', scope)),
    ]),
    ...(role.permissions.length === 0 ? row('may', 'nothing') : []),
    ...row('has it', role.users.join(', ') || 'nobody (user-roles.json)'),
  ];
}

function whatIsMissing({ applications, apis }: Overview): string | undefined {
  if (apis.length === 0) return 'describe an API under resourceServers';
  if (applications.length === 0) return 'register an application under clients';
  if (applications.every(({ databases, connections }) => databases.length + connections.length === 0))
    return 'name an application in the enabled_clients of a database';
  return undefined;
}

/** Why an application gets no refresh tokens for an API. */
export function whyNotOffline(
  app: Pick<Overview['applications'][number], 'grant_types'>,
  api: Pick<Overview['apis'][number], 'allow_offline_access'> | undefined,
): string {
  const reasons = [
    ...(api?.allow_offline_access ? [] : ['the API has no allow_offline_access: true']),
    ...(app.grant_types.includes('refresh_token')
      ? []
      : ['the application’s grant_types lack refresh_token']),
  ];
  return reasons.join(', and ');
}

/** https://no-color.org. */
function terminal({ stdout, env } = process): TextOptions {
  return { color: stdout.isTTY === true && !env.NO_COLOR, width: stdout.columns ?? 100 };
}

/** Without control characters, which could move the terminal's cursor. */
function printable(page: Overview): Overview {
  return JSON.parse(JSON.stringify(page), (_key, value) =>
    typeof value === 'string' ? onOneLine(value) : value,
  ) as Overview;
}

/** Breaks at spaces only, so that a URL can be copied. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/(?<=\s)(?=\S)/)) {
    const last = lines.at(-1);
    if (last !== undefined && (last + word).trimEnd().length <= width) lines[lines.length - 1] = last + word;
    else lines.push(word);
  }
  return lines.map((line) => line.trimEnd());
}
