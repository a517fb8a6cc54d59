/** Shifts Date ahead of the system's clock. Timers are not affected.
 * @param ahead milliseconds, read at each use. */
export function shiftDate(ahead: () => number): void {
  const { now } = Date;
  const later = () => now() + ahead();
  const Turned = new Proxy(Date, {
    apply: () => new Date(later()).toString(),
    construct: (target, given, as) => Reflect.construct(target, given.length === 0 ? [later()] : given, as),
  });
  Date.now = later;
  Date.prototype.constructor = Turned;
  globalThis.Date = Turned;
}
