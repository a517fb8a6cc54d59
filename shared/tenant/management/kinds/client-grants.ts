import { textOf } from '../../../lib/json';
import { isManagementAudience } from '../../config/management-audience';
import type { ClientGrant } from '../../config/schema';
import { called, invalid, type Kind } from '../collection';
import type { Management } from '../context';
import type { Entry } from '../draft';
import { applicationIds } from './clients';

export function clientGrants(m: Management): Kind<ClientGrant> {
  const ids = applicationIds(m);
  const audienceOf = ({ audience }: ClientGrant) =>
    isManagementAudience(audience) ? (m.tenant().snapshot.management?.audience ?? audience) : audience;
  const subject = ({ subject_type = 'client' }: Partial<ClientGrant>) => subject_type;
  const key = (grant: ClientGrant) =>
    [ids.nameOf(grant.client_id), audienceOf(grant), subject(grant)].join('\n');
  const id = (grant: ClientGrant) => m.ids.of('client grant', key(grant));
  return {
    ...called('client grant'),
    sections: ['clientGrants'],
    id,
    unique: (grant) => key(grant as ClientGrant),
    view: (grant) => ({
      id: id(grant),
      ...grant,
      client_id: ids.idOf(grant.client_id),
      audience: audienceOf(grant),
    }),
    filter: ({ query }) => {
      const { audience, client_id, subject_type } = query;
      return (grant) =>
        (audience === undefined || audience === audienceOf(grant)) &&
        (client_id === undefined || client_id === ids.idOf(grant.client_id)) &&
        (subject_type === undefined || subject_type === subject(grant));
    },
    required: ['client_id', 'audience'],
    fixed: ['id', 'client_id', 'audience', 'subject_type'],
    incoming: (body, _draft, _req, before) => {
      if (before) return body;
      const grant: Entry = { ...body, client_id: ids.nameOf(textOf(body.client_id)) };
      if (!ids.isKnown(textOf(body.client_id)))
        throw invalid(`client_id names no application: ${textOf(body.client_id)}`);
      return grant;
    },
  };
}
