import { textOf } from '../../../lib/json';
import { environmentName } from '../../config/names';
import type { ResourceServer } from '../../config/schema';
import { called, invalid, type Kind } from '../collection';
import type { Management } from '../context';
import type { Entry } from '../draft';
import { forgetApi, forgetScopes } from '../references';

export function resourceServers(m: Management): Kind<ResourceServer> {
  return {
    ...called('resource server'),
    sections: ['resourceServers'],
    id: ({ identifier }) => m.ids.of('resource server', identifier),
    alsoNamed: ({ identifier }) => identifier,
    unique: ({ identifier }) => textOf(identifier),
    view: (api) => ({ id: m.ids.of('resource server', api.identifier), is_system: false, ...api }),
    system: () => [m.tenant().snapshot.management?.resourceServer].filter((api) => api !== undefined),
    filter: ({ query }) => {
      const wanted = query.identifiers === undefined ? undefined : [query.identifiers].flat().map(String);
      return ({ identifier }) => wanted === undefined || wanted.includes(identifier);
    },
    required: ['identifier'],
    fixed: ['id', 'identifier', 'is_system'],
    merged: ['subject_type_authorization'],
    incoming: (body, draft, _req, before, raw) => {
      const api: Entry = before ? { ...body } : { name: body.identifier ?? '', ...body };
      if (api.identifier === m.tenant().snapshot.management?.audience)
        throw invalid('identifier is the Management API’s own');
      if (typeof api.signing_secret === 'string') {
        const name = `${environmentName(before?.identifier ?? textOf(api.identifier))}_SIGNING_SECRET`;
        api.signing_secret = draft.secret(name, api.signing_secret, raw?.signing_secret);
      }
      if (before && Array.isArray(api.scopes)) {
        const left = new Set(api.scopes.map((scope) => textOf((scope as Entry)?.value)));
        forgetScopes(draft, before.identifier, left);
      }
      return api;
    },
    deleted: (draft, { identifier }) => forgetApi(draft, identifier),
  };
}
