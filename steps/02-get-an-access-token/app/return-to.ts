/**
 * A path of this app, or the given default for everything else: an address of another site, also in the spellings by which browsers can be led
 * there (`//evil.example`, `/\evil.example`, `https:evil.example`).
 */
export function returnPath(wanted: unknown, baseUrl: URL, otherwise = '/profile'): string {
  if (typeof wanted !== 'string' || !/^\/(?![/\\])/.test(wanted) || wanted.length > 2000) return otherwise;
  // Browsers leave out tabs and line breaks, so that "/\t/evil.example" would be "//evil.example" to them.
  if (/[\u0000-\u001f\u007f\\]/.test(wanted)) return otherwise;
  const url = new URL(wanted, baseUrl);
  return url.origin === baseUrl.origin && !['/login', '/callback', '/logout'].includes(url.pathname)
    ? url.pathname + url.search + url.hash
    : otherwise;
}
