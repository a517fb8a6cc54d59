import { isDeepStrictEqual } from 'node:util';
import type { Request, Router } from 'express';
import { textOf } from '../../../lib/json';
import type { Plain } from '../../config/edit';
import { environmentName } from '../../config/names';
import { allow, callerOf, insufficientScope } from '../access';
import { existing, idIn, inDraft, invalid, type Kind, named } from '../collection';
import type { Management } from '../context';
import { type Draft, type Entry, isEntry } from '../draft';
import { ManagementError } from '../failure';
import { page, several } from '../page';
import { applicationIds } from './clients';

export interface AnyConnection {
  name: string;
  strategy: string;
  enabled_clients: string[];
  options?: Record<string, unknown> | undefined;
}

/** Defaults of every Auth0 database. */
const DATABASE: Record<string, Plain> = {
  brute_force_protection: true,
  disable_self_service_change_password: false,
};

/** Two sections of tenant.yaml, one kind at Auth0. */
export function connections(m: Management): Kind<AnyConnection> {
  const ids = applicationIds(m);
  const common = named(m, 'connection');
  return {
    ...common,
    sections: ['databases', 'connections'],
    sectionOf: ({ strategy }) => (strategy === 'auth0' ? 'databases' : 'connections'),
    view: (connection, req) => view(connection, req, common.id(connection), ids.idOf),
    filter: ({ query }) => {
      const strategies = several(query, 'strategy')?.flatMap((one) => one.split(','));
      return ({ name, strategy }) =>
        (query.name === undefined || query.name === name) &&
        (strategies === undefined || strategies.includes(strategy));
    },
    required: ['name', 'strategy'],
    fixed: ['id', 'name', 'strategy'],
    incoming: (body, draft, req, before, raw) => {
      const connection: Entry = { ...body };
      if (Array.isArray(body.enabled_clients))
        connection.enabled_clients = body.enabled_clients.map((one) => ids.nameOf(textOf(one)));
      if (body.options === undefined) return connection;
      if (!callerOf(req).scopes.has('update:connections_options') && before)
        throw insufficientScope(['update:connections_options']);
      if (!isEntry(body.options)) throw invalid("'options' must be an object");
      const name = before?.name ?? textOf(body.name);
      const options = incomingOptions(body.options, draft, name, raw?.options);
      // A database's defaults remain out of the file.
      if ((before?.strategy ?? body.strategy) === 'auth0')
        for (const [key, value] of Object.entries(DATABASE))
          if (isDeepStrictEqual(options[key], value) && before?.options?.[key] === undefined)
            delete options[key];
      connection.options = options;
      if (Object.keys(options).length === 0 && before?.options === undefined) delete connection.options;
      return connection;
    },
  };
}

export function connectionParts(router: Router, m: Management, kind: Kind<AnyConnection>): void {
  const ids = applicationIds(m);
  router.get('/connections/:id/clients', allow('read:connections'), (req, res) => {
    const { enabled_clients } = existing(m, kind, idIn(req));
    const all = enabled_clients.map((one) => ({ client_id: ids.idOf(one) }));
    res.json(page(all, 'clients', { take: '50', ...req.query }));
  });
  router.patch('/connections/:id/clients', allow('update:connections'), async (req, res) => {
    const changes = enabling(req.body);
    await m.writer.change((draft) => {
      const { raw, entry } = inDraft(draft, kind, idIn(req));
      let enabled = [...entry.enabled_clients];
      for (const { client_id, status } of changes) {
        if (!ids.isKnown(client_id)) throw invalid(`client_id names no application: ${client_id}`);
        const name = ids.nameOf(client_id);
        const isIn = enabled.includes(name) || enabled.includes(client_id);
        if (status && !isIn) enabled.push(name);
        if (!status) enabled = enabled.filter((one) => one !== name && one !== client_id);
      }
      if (!isDeepStrictEqual(enabled, entry.enabled_clients)) raw.enabled_clients = enabled;
    });
    res.status(204).end();
  });
  router.get('/connections/:id/scim-configuration', allow('read:connections'), (req) => {
    existing(m, kind, idIn(req));
    throw new ManagementError(
      404,
      'The connection has no SCIM configuration.',
      'inexistent_scim_configuration',
    );
  });
  router.get('/connections-directory-provisionings', allow('read:connections'), (_req, res) => {
    res.json({ directory_provisionings: [] });
  });
}

function view(
  { enabled_clients, options, ...connection }: AnyConnection,
  req: Request,
  id: string,
  idOf: (given: string) => string,
): object {
  const all = connection.strategy === 'auth0' ? { ...DATABASE, ...options } : (options ?? {});
  return {
    id,
    ...connection,
    realms: [connection.name],
    enabled_clients: enabled_clients.map(idOf),
    ...(callerOf(req).scopes.has('read:connections_options') ? { options: all } : {}),
  };
}

/** A provider's secret does not go into the file. */
function incomingOptions(options: Entry, draft: Draft, name: string, before: Plain | undefined): Entry {
  const { client_secret } = options;
  if (typeof client_secret !== 'string' || client_secret === '') return { ...options };
  const variable = `${environmentName(name)}_CLIENT_SECRET`;
  const now = isEntry(before) ? before.client_secret : undefined;
  return { ...options, client_secret: draft.secret(variable, client_secret, now) };
}

function enabling(body: unknown): { client_id: string; status: boolean }[] {
  if (!Array.isArray(body)) throw invalid('the body must be a list');
  return body.map((one: unknown) => {
    const { client_id, status } = (one ?? {}) as Record<string, unknown>;
    if (typeof client_id !== 'string' || typeof status !== 'boolean')
      throw invalid('each entry must have a client_id and a status, true or false');
    return { client_id, status };
  });
}
