import { mermaidOf } from '../../workshop/flow/diagram';
import type { Entry } from './types';
import type { Wire } from './wire';

const MOST = 300;

/** The messages as a mermaid sequence diagram, masked. */
export function exportMermaid(wire: Wire, entries: readonly Entry[]): string {
  return mermaidOf(entries.slice(-MOST).map((entry) => ({ ...wire.masked(entry), n: entry.n })));
}
