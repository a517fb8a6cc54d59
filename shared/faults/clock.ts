import { AsyncLocalStorage } from 'node:async_hooks';
import { shiftDate } from '../lib/shifted-date';

/** Milliseconds of clock error in the current asynchronous context. */
const shift = new AsyncLocalStorage<number>();
let patched = false;
/** Skips the lookup for each new Date until the first shift. */
let everShifted = false;

/** Makes `Date` apply the shift of the current request: tenant, API and guide share a process, and the guide's clock
 * must remain right. Call it before a party starts, since a party may store the function. */
export function allowShiftedClocks(): void {
  if (patched) return;
  patched = true;
  shiftDate(() => (everShifted ? (shift.getStore() ?? 0) : 0));
}

/** @param seconds ahead, or behind when negative, for all that `work` does; nested shifts add up. */
export function withClock<T>(seconds: number, work: () => T): T {
  if (seconds === 0) return work();
  everShifted = true;
  return shift.run((shift.getStore() ?? 0) + seconds * 1000, work);
}
