import { once } from 'node:events';
import type { RunningApp } from './running-app';

/** Waits while none of some programs runs and one of them starts; not for long, since one may hang at its start.
 * @param within milliseconds. */
export async function whileStarting(programs: () => readonly RunningApp[], within: number): Promise<void> {
  const signal = AbortSignal.timeout(within);
  for (;;) {
    const starting = programs().filter(({ state }) => state.state === 'starting');
    const isServed = programs().some(({ state }) => state.state === 'running');
    if (isServed || starting.length === 0 || signal.aborted) return;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    await Promise.race(starting.map((one) => once(one, 'state', { signal: either }).catch(() => {})));
    over.abort();
  }
}
