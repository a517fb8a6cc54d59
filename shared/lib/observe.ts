import { commandContext } from './command-context';
import { err } from './terminal';

/** How a fault of an observer is reported; tests look for it in the output of other processes. */
export const OBSERVER_FAULT = 'A fault while observing';

/** A fault of an observer: of the recorder, the inspector, the log. */
export interface ObserverFault {
  /** What was observed. */
  of: string;
  error: unknown;
}

/** Faults that are kept; all are counted. */
const MOST = 20;
const kept: ObserverFault[] = [];
const told = new Set<string>();
let count = 0;

/**
 * Does what an observer does. A fault in it is counted and told once, and never reaches the party that is observed. Such a fault is a
 * mistake of the workshop: what parties may send, whatever it is, must not cause one.
 *
 * @param of what is observed, e.g. "a request".
 */
export function observe(of: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    count += 1;
    if (kept.length < MOST) kept.push({ of, error });
    if (told.has(of)) return;
    told.add(of);
    const { message, stack } = error as Error;
    err(
      `${OBSERVER_FAULT} ${of}: ${commandContext().env.DEBUG ? stack : JSON.stringify(message)}. The parties go on. Please report it; DEBUG=1 tells where.\n`,
    );
  }
}

/** How many faults observers of this process had, and the first of them. */
export const observerFaults = (): { count: number; first: readonly ObserverFault[] } => ({
  count,
  first: [...kept],
});
