const FALLBACK = '/profile';
const NOT_THERE = new Set(['/login', '/logout', '/callback']);

/** Only paths of this site; what is returned is what was compared. */
export function safeReturnTo(wanted: unknown, baseUrl: string): string {
  if (typeof wanted !== 'string' || wanted[0] !== '/' || !URL.canParse(wanted, baseUrl)) return FALLBACK;
  const target = new URL(wanted, baseUrl);
  if (target.origin !== new URL(baseUrl).origin || NOT_THERE.has(target.pathname)) return FALLBACK;
  const path = `${target.pathname}${target.search}${target.hash}`;
  return /^\/(?![/\\])/.test(path) ? path : FALLBACK;
}
