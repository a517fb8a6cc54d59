import { getPublicSuffix } from 'tough-cookie';

/** How an address relates to the page that leads there (Fetch Metadata, section 2.3). */
export type Relation = 'same-origin' | 'same-site' | 'cross-site';

/** The names and addresses of this machine, as Chromium knows them. */
const LOOPBACK = /^(localhost|(.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export const isLoopback = ({ hostname }: URL): boolean => LOOPBACK.test(hostname);

/** Whether a browser trusts the connection: https, or http on this machine (Secure Contexts, section 3.1). */
export const isTrustworthy = (url: URL): boolean => url.protocol === 'https:' || isLoopback(url);

/** @param originsAreSites whether another port is another site: see BrowserOptions. */
export function relate(from: URL, to: URL, originsAreSites: boolean): Relation {
  if (from.origin === to.origin) return 'same-origin';
  if (originsAreSites || from.protocol !== to.protocol) return 'cross-site';
  return siteOf(from) === siteOf(to) ? 'same-site' : 'cross-site';
}

/** The registrable domain; the host itself if it has none, such as an address or localhost. */
function siteOf({ hostname }: URL): string {
  if (isLoopback({ hostname } as URL)) return hostname.split('.').slice(-2).join('.');
  return getPublicSuffix(hostname, { ignoreError: true }) ?? hostname;
}

const LOOSEST: readonly Relation[] = ['same-origin', 'same-site', 'cross-site'];

/** The looser of two: a navigation through another site remains a cross-site one (Fetch Metadata, section 2.3). */
export const looser = (a: Relation, b: Relation): Relation =>
  LOOSEST[Math.max(LOOSEST.indexOf(a), LOOSEST.indexOf(b))] ?? 'cross-site';
