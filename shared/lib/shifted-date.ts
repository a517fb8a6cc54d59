/**
 * Lets Date tell a later time than the system's. Timers go on as before.
 *
 * @param ahead milliseconds by which it is later; asked each time.
 */
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
