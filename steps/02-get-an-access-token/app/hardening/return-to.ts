/** Pages that begin or end a login: nobody wants to come back to them. */
const LOGIN_PAGES = /^\/(login|callback|logout)\/?$/i;

/**
 * Attack: open redirect. A link to this site's /login leads to a page of the attacker after a real login.
 * Protection: only a path of this app, in whatever spelling the other site comes (`//evil.example`, `/\evil.example`, `/.//evil.example`).
 */
export function returnPath(wanted: unknown, baseUrl: URL, otherwise = '/profile'): string {
  if (typeof wanted !== 'string' || !wanted.startsWith('/') || wanted.length > 2000) return otherwise;
  if (!isOwn(wanted, baseUrl)) return otherwise;
  const { pathname, search, hash } = new URL(wanted, baseUrl);
  const path = pathname + search + hash;
  // Parsing takes dot segments out: "/.//evil.example" is a path of this app, and the "//evil.example" that is left of it is
  // another site. So what is sent is compared as well, not only what came.
  return isOwn(path, baseUrl) && !LOGIN_PAGES.test(pathname) ? path : otherwise;
}

/** Whether a browser that is at this app remains there when it follows the address. */
const isOwn = (address: string, baseUrl: URL) =>
  URL.canParse(address, baseUrl.href) && new URL(address, baseUrl).origin === baseUrl.origin;
