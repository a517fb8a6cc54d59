import type { Request, Router } from 'express';
import { textOf } from '../../../lib/json';
import { randomText, replaceSecret } from '../../config/credentials';
import { clientIdOf, environmentName } from '../../config/names';
import type { Client } from '../../config/schema';
import { allow, callerOf } from '../access';
import { called, existing, idIn, inDraft, invalid, type Kind } from '../collection';
import type { Management } from '../context';
import type { Draft, Entry } from '../draft';
import { ManagementError } from '../failure';
import { flag, page, several } from '../page';
import { forgetApplication, renameApplication } from '../references';

export function clients(m: Management): Kind<Client> {
  const id = (client: Pick<Client, 'client_id' | 'name'>) => clientIdOf(client, m.env);
  return {
    ...called('client'),
    sections: ['clients'],
    id,
    unique: ({ name }) => textOf(name),
    view: (client, req) => view(m, client, req),
    filter: ({ query }) => {
      const firstParty = flag(query, 'is_first_party');
      const types = several(query, 'app_type')?.flatMap((one) => one.split(','));
      return (client) =>
        (firstParty === undefined || client.is_first_party === firstParty) &&
        (types === undefined || types.includes(client.app_type));
    },
    required: ['name'],
    fixed: ['client_id', 'global', 'tenant'],
    merged: ['jwt_configuration', 'refresh_token', 'client_metadata', 'oidc_logout'],
    incoming: (body, draft, _req, before) => {
      const { client_secret, ...entry } = body;
      if (!before && entry.client_id === undefined) giveId(draft, entry, m.env);
      if (client_secret === undefined || client_secret === currentSecret(m, before)) return entry;
      if (typeof client_secret !== 'string' || client_secret.length < 16)
        throw invalid("'client_secret' must have at least 16 characters");
      draft.also(() => replaceSecret(m.folder, textOf(entry.name ?? before?.name), client_secret));
      return before ? { ...entry, client_secret: null } : entry;
    },
    renamed: (draft, from, to) => {
      // Otherwise ID and secret, which depend on the name, would change.
      to.client_id = id(from);
      const secret = currentSecret(m, from);
      if (secret) draft.also(() => replaceSecret(m.folder, textOf(to.name), secret), 'first');
      renameApplication(draft, [from.name], textOf(to.name));
    },
    deleted: (draft, client) => forgetApplication(draft, [client.name, id(client)]),
  };
}

/** Every Auth0 tenant has it: it has the classic login page. */
const GLOBAL = {
  name: 'All Applications',
  client_id: 'AllApplications',
  global: true,
  custom_login_page_on: false,
};

export function clientParts(router: Router, m: Management, kind: Kind<Client>): void {
  router.get('/clients', allow('read:clients'), (req, res, next) => {
    if (flag(req.query, 'is_global') !== true) return next();
    res.json(page([GLOBAL], 'clients', req.query));
  });
  router.post('/clients/:id/rotate-secret', allow('update:client_keys'), async (req, res) => {
    const client = existing(m, kind, idIn(req));
    const variable = `CLIENT_SECRET__${environmentName(client.name)}`;
    if (m.env[variable])
      throw new ManagementError(
        409,
        `The secret comes from the environment (${variable}): change it there`,
        'conflict',
      );
    await m.writer.change((draft) => {
      const { raw, entry } = inDraft(draft, kind, idIn(req));
      delete raw.client_secret;
      draft.also(() => replaceSecret(m.folder, entry.name));
    });
    res.json(view(m, existing(m, kind, idIn(req)), req));
  });
}

/** tenant.yaml uses names, Auth0's API client IDs. */
export function applicationIds(m: Management) {
  const all = () => [...m.tenant().snapshot.clients()];
  const find = (given: string) => all().find(([id, { name }]) => id === given || name === given);
  return {
    idOf: (given: string) => find(given)?.[0] ?? given,
    nameOf: (given: string) => find(given)?.[1].name ?? given,
    isKnown: (given: string) => find(given) !== undefined,
  };
}

const currentSecret = (m: Management, client: Pick<Client, 'name'> | undefined) =>
  client && m.tenant().snapshot.credentials.get(client.name)?.client_secret;

/** A random ID, as on a real tenant, if another application has the derived one. */
function giveId(draft: Draft, entry: Entry, env: NodeJS.ProcessEnv): void {
  const wanted = clientIdOf({ name: textOf(entry.name), client_id: undefined }, env);
  if (draft.config.clients.some((client) => clientIdOf(client, env) === wanted))
    entry.client_id = randomText(32);
}

/** The secret also needs read:client_keys. */
function view(m: Management, { client_secret: _, ...client }: Client, req: Request): object {
  const { scopes } = callerOf(req);
  const credentials = m.tenant().snapshot.credentials.get(client.name);
  const secret = scopes.has('read:client_keys') ? credentials?.client_secret : undefined;
  return {
    tenant: 'localhost',
    global: false,
    ...client,
    client_id: clientIdOf(client, m.env),
    ...(secret ? { client_secret: secret } : {}),
  };
}
