import { observe } from '../../lib/observe';
import type { Hub } from '../hub';
import type { LiveChecks } from '../live-checks';
import { html } from '../view';
import { groupsOf } from './groups';
import { rowOf } from './row';
import type { Entry } from './types';
import type { Wire } from './wire';

/** Milliseconds within which changes become one update. */
const TOGETHER = 30;

/** Sends new or answered messages, and finished checks, to the open pages. */
export function connectWire(wire: Wire, hub: Hub, checks: LiveChecks): void {
  const changed = new Set<Entry>();
  const send = () => {
    const entries = [...changed].filter(({ archived }) => !archived);
    changed.clear();
    if (hub.pages === 0) return;
    const groups = groupsOf(wire.entries);
    for (const entry of entries) {
      const group = groups.findLast((one) => one.entries.includes(entry));
      if (!group) continue;
      const row = rowOf(wire, entry);
      hub.publish('message', {
        n: entry.n,
        html: html('wire-row', { row, query: '' }),
        at: row.at,
        wrong: row.wrong,
        group: { id: group.id, html: html('wire-group', { group: { ...group, rows: [] }, query: '' }) },
      });
    }
  };
  wire.on('change', (entry) => {
    if (changed.size === 0) setTimeout(() => observe('the messages to the pages', send), TOGETHER).unref();
    changed.add(entry);
  });
  checks.on('checked', ({ name }, { task, id, title, passed, notApplicable }, trace) =>
    wire.addCheck({ step: name, task, id, title, passed: passed || notApplicable !== undefined }, trace),
  );
  wire.on('check', ({ key }) => hub.publish('check', { key }));
}
