const TIMES = new Set(['exp', 'nbf', 'iat', 'auth_time', 'updated_at']);

/** A NumericDate (RFC 7519, section 2) for a reader: "24 Nov 2026, 01:02:03; in 42 min".
 * @param now milliseconds since the epoch. @returns undefined for a claim that is no time. */
export function timeClaim(name: string, value: unknown, now: number): string | undefined {
  if (!TIMES.has(name) || typeof value !== 'number') return undefined;
  const date = new Date(value * 1000);
  if (Number.isNaN(date.getTime())) return 'not a plausible date: is it in milliseconds?';
  const text = date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
  const seconds = Math.round(value - now / 1000);
  const ago = `${duration(Math.abs(seconds))} ago`;
  const distance = seconds > 0 ? `in ${duration(seconds)}` : name === 'exp' ? `expired ${ago}` : ago;
  // Milliseconds in place of seconds are thousands of years ahead.
  return `${text}, ${distance}${value > 1e11 ? '; is it in milliseconds? Seconds are meant' : ''}`;
}

/** @param seconds not negative. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
