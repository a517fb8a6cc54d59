import type { Router } from 'express';
import { allow } from '../access';
import { bodyOf } from '../collection';
import type { Management } from '../context';
import type { Entry } from '../draft';
import { fields } from '../page';
import { patch } from '../patch';

export function tenantSettings(router: Router, m: Management): void {
  const view = () => m.tenant().snapshot.config.tenant;
  router.get('/tenants/settings', allow('read:tenant_settings'), (req, res) => {
    res.json(fields(req.query)(view()));
  });
  router.patch('/tenants/settings', allow('update:tenant_settings'), async (req, res) => {
    const changes = inHours(bodyOf(req));
    await m.writer.change((draft) => {
      const { raw, config } = draft;
      const before = raw.tenant;
      patch(draft.object('tenant'), config.tenant, changes, ['flags']);
      if (before === undefined && Object.keys(draft.object('tenant')).length === 0) delete raw.tenant;
    });
    res.json(view());
  });
}

/** Auth0 also accepts session lifetimes in minutes; tenant.yaml has hours. */
function inHours(body: Entry): Entry {
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) =>
      key.endsWith('_in_minutes') && typeof value === 'number'
        ? [key.replace(/_in_minutes$/, ''), value / 60]
        : [key, value],
    ),
  );
}
