import { mermaidOf } from '../../workshop/flow/diagram';
import type { Entry } from './types';
import type { Wire } from './wire';

/** Messages of an export: a longer diagram nobody draws. */
const MOST = 300;

/** The messages as the text of a mermaid sequence diagram, without a secret. */
export function exportMermaid(wire: Wire, entries: readonly Entry[]): string {
  return mermaidOf(entries.slice(-MOST).map((entry) => ({ ...wire.masked(entry), n: entry.n })));
}
