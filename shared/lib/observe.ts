import { commandContext } from './command-context';
import { err } from './terminal';

/** The report of an observer's fault; tests look for it in the output of other processes. */
export const OBSERVER_FAULT = 'A fault while observing';

export interface ObserverFault {
  of: string;
  error: unknown;
}

/** How many faults are stored; all are counted. */
const MOST = 20;
const stored: ObserverFault[] = [];
const reported = new Set<string>();
let count = 0;

/** Runs an observer's work. A fault, which is a bug of the workshop, is counted, reported once and never reaches the
 * observed party. @param of what is observed, e.g. "a request". */
export function observe(of: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    count += 1;
    if (stored.length < MOST) stored.push({ of, error });
    if (reported.has(of)) return;
    reported.add(of);
    const { message, stack } = error as Error;
    err(
      `${OBSERVER_FAULT} ${of}: ${commandContext().env.DEBUG ? stack : JSON.stringify(message)}. The parties go on. Please report it; DEBUG=1 shows where.\n`,
    );
  }
}

/** How many faults observers of this process had, and the first of them. */
export const observerFaults = (): { count: number; first: readonly ObserverFault[] } => ({
  count,
  first: [...stored],
});
