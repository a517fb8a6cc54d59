import { type Request, Router } from 'express';
import { findStep } from '../../steps/layers';
import { peekProgress } from '../../workshop/progress';
import type { Guide } from '../guide';
import { droppedClaims } from '../tokens/dropped';
import { html, sendNotFound, sendPage } from '../view';
import { exportMermaid } from './export';
import { exportCurl } from './export-curl';
import { entriesOf, type Filter, parseFilter, queryOf, select } from './filter';
import { TenantKeys } from './keys';
import { connectWire } from './live';
import { messageView } from './message-view';
import type { Entry, OfCheck } from './types';
import type { Wire } from './wire';

/** The flow inspector: the messages between browser, app, tenant and API. */
export function wireRoutes({ wire, hub, checks, places, tenant }: Guide): Router {
  const keysOf = keyRing(wire, places.issuer);
  if (tenant)
    wire.callbacks = (clientId) =>
      tenant.overview().applications.find(({ client_id }) => client_id === clientId)?.callbacks;
  connectWire(wire, hub, checks);

  const diagram = (req: Request) => {
    const filter = parseFilter(req.query);
    return {
      ...select(wire, filter),
      filter,
      query: queryOf({ ...filter }),
      checks: checksOf(wire),
      earlierQuery: (n: number) => queryOf({ ...filter, before: n }),
      newestQuery: queryOf(newest(filter)),
    };
  };

  return Router()
    .get('/wire', (req, res) => {
      sendPage(res, 'wire', { title: 'The wire', place: 'wire' }, diagram(req));
    })
    .get('/wire/export.mmd', (req, res) => {
      const entries = entriesOf(wire, parseFilter(req.query));
      res.type('text/plain').attachment('flow.mmd').send(exportMermaid(wire, entries));
    })
    .get('/wire/export.sh', (req, res) => {
      const entries = entriesOf(wire, parseFilter(req.query));
      res.type('text/plain').attachment('flow.sh').send(exportCurl(wire, entries));
    })
    .get('/wire/:n', async (req, res) => {
      const { n } = req.params;
      const entry = /^[1-9]\d{0,8}$/.test(n) ? wire.get(Number(n)) : undefined;
      if (!entry)
        return sendNotFound(
          res,
          'wire',
          `There is no message ${n.slice(0, 12)}. A check’s messages are deleted when it runs again, and all messages when npm start ends.`,
        );
      const view = await messageView(wire, entry, {
        secrets: req.query.secrets === '1',
        keys: keysOf(entry),
        dropped: (token, seenAs) => droppedClaims(tenant, token, seenAs),
      });
      const locals = { view, query: queryOf(parseFilter(req.query)) };
      const { part } = req.query;
      if (part === '1' || part === 'panel')
        return void res
          .type('html')
          .send(html('wire-message-part', { ...locals, inPanel: part === 'panel' }));
      sendPage(res, 'wire-message', { title: `Message ${n}`, place: 'wire' }, locals);
    });
}

/** Checks by step, failed ones first. `since`: it passed later, at the shell, in messages that are not here. */
function checksOf(wire: Wire) {
  const last = peekProgress()?.lastCheck;
  const passedSince = ({ passed, task, at }: OfCheck) =>
    !passed && last !== undefined && Date.parse(last.at) > at && !last.wrong.includes(task);
  const steps = [...new Set(wire.checks.map(({ step }) => step))].sort();
  return steps.map((step) => {
    const own = wire.checks
      .filter((one) => one.step === step && one.entries.length > 0)
      .map((one) => ({ ...one, since: passedSince(one) }));
    const rank = ({ passed, since }: (typeof own)[number]) => Number(passed || since);
    const { id, title } = findStep(step);
    return { heading: `Step ${id}: ${title}`, checks: own.sort((a, b) => rank(a) - rank(b)) };
  });
}

/** The keys of a message's tenant: the checks have their own. */
function keyRing(wire: Wire, issuer: string): (entry: Entry) => TenantKeys {
  const rings = new Map<string, TenantKeys>();
  return ({ checks }) => {
    const all = [...(checks ?? [])].flatMap((key) => wire.check(key)?.entries ?? []);
    const atTenant = all.find(({ message }) => message.to === 'tenant')?.message.url.origin;
    const of = atTenant === undefined ? issuer : `${atTenant}/`;
    const ring = rings.get(of) ?? new TenantKeys(of);
    rings.set(of, ring);
    return ring;
  };
}

const newest = ({ before: _, ...filter }: Filter): Filter => filter;
