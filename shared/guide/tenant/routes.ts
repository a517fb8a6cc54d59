import { Router } from 'express';
import type { Guide } from '../guide';
import { html, sendPage } from '../view';
import { configurationOf } from './configuration';
import { eventRow } from './event-row';

const MOST_ROWS = 200;

/** The tenant's configuration with its lines, and its decisions. */
export function tenantRoutes({ tenant, hub, places, app }: Guide): Router {
  const names = () =>
    new Map(tenant?.overview().applications.map(({ client_id, name }) => [client_id, name]) ?? []);
  tenant?.events.subscribe((event) => {
    if (hub.pages === 0) return;
    const row = eventRow(event, names());
    hub.publish('tenant', { html: html('tenant-event', { row }), refused: row.refused });
    if (event.type !== 'configuration loaded' && event.type !== 'configuration refused') return;
    hub.publish('configuration', {
      html: html('tenant-configuration', {
        configuration: configurationOf(tenant.overview(), app.state.folder),
      }),
    });
  });

  return Router().get('/tenant', (req, res) => {
    const frame = { title: 'The tenant', place: 'tenant' } as const;
    if (!tenant) return sendPage(res, 'tenant-real', frame, { issuer: places.issuer });
    const refusals = req.query.show === 'refusals';
    const known = names();
    const rows = tenant.events
      .recent()
      .map((event) => eventRow(event, known))
      .filter(({ refused }) => refused || !refusals)
      .slice(-MOST_ROWS)
      .reverse();
    sendPage(res, 'tenant', frame, {
      configuration: configurationOf(tenant.overview(), app.state.folder),
      rows,
      refusals,
      issuer: tenant.issuer,
    });
  });
}
