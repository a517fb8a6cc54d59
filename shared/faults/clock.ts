import { AsyncLocalStorage } from 'node:async_hooks';
import { shiftDate } from '../lib/shifted-date';

/** Milliseconds by which the clock is wrong for whatever runs in it. */
const shift = new AsyncLocalStorage<number>();
let patched = false;
/** Nobody need look for a shift as long as there was none: every date that is made would. */
let everShifted = false;

/**
 * Makes `Date` ask by how much the clock is wrong here. Tenant and API run in one process with the guide, whose own clock must
 * stay right, and the tenant's library asks `Date` itself: so the shift belongs to the request that is being answered. To be
 * called before a party starts, since a party may keep the function.
 */
export function allowShiftedClocks(): void {
  if (patched) return;
  patched = true;
  shiftDate(() => (everShifted ? (shift.getStore() ?? 0) : 0));
}

/**
 * @param seconds by which the clock goes ahead, or behind when negative, for all that the work does and leads to; one within another adds to
 * it.
 */
export function withClock<T>(seconds: number, work: () => T): T {
  if (seconds === 0) return work();
  everShifted = true;
  return shift.run((shift.getStore() ?? 0) + seconds * 1000, work);
}
