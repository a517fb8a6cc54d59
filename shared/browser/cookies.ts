import { Cookie, CookieJar, cookieCompare } from 'tough-cookie';

/** Which cookies a request may have, by its origin (RFC 6265bis, section 5.6.7.1). */
export type Context = 'same-site' | 'cross-site' | 'cross-site-post';

/** A cookie that a server set and the browser does not have. */
export interface LostCookie {
  name: string;
  /** The origin of the answer that set it. */
  origin: string;
  /** Why it was not stored; without it, it expired. */
  refused?: string;
  /** Its intended lifetime in milliseconds. */
  lifetime?: number;
}

/** Bytes of name and value together, and of one attribute's value (RFC 6265bis, section 5.5). */
const [MOST_BYTES, MOST_OF_ATTRIBUTE] = [4096, 1024];
/** Milliseconds of the longest life of a cookie (RFC 6265bis, section 5.5). */
const LONGEST_LIFE = 400 * 24 * 3_600_000;
/** Milliseconds during which another site's POST has a cookie without SameSite, as in Chromium. */
const LAX_AND_POST = 120_000;
/** Chromium refuses a tab too, which RFC 6265bis allows. */
const CONTROL = /[\0-\x1f\x7f]/;

/** Cookies as RFC 6265bis defines them, or as Chromium does where it differs. tough-cookie parses them and matches host
 * and path; it has no clock of its own, no limits, and no default for SameSite. */
export class Cookies {
  readonly #jar = new CookieJar(undefined, { looseMode: true, prefixSecurity: 'unsafe-disabled' });
  readonly #origins = new WeakMap<Cookie, string>();
  /** Cookies that were set and are not stored, oldest first. */
  readonly lost: LostCookie[] = [];

  /** @param now milliseconds since the epoch, by the browser's clock. */
  constructor(private readonly now: () => number) {}

  /** Stores a cookie, or notes why not. @param date the answer's Date header: its server may have another clock. */
  async store(line: string, url: URL, date: string | undefined): Promise<void> {
    const refuse = (name: string, refused: string) =>
      void this.lost.push({ name, origin: url.origin, refused });
    if (CONTROL.test(line)) return refuse(line.split('=')[0]?.trim() ?? '', 'it has a control character');
    const cookie = Cookie.parse(withoutLongAttributes(line), { loose: true });
    if (!cookie) return;
    const mistake = mistakeIn(cookie, url);
    if (mistake) return refuse(cookie.key, mistake);
    const now = this.now();
    const expires = expiryOf(cookie, now, date);
    cookie.maxAge = null;
    cookie.expires = expires === undefined ? 'Infinity' : new Date(expires);
    try {
      await this.#jar.setCookie(cookie, url.href, { now: new Date(now) });
      this.#origins.set(cookie, url.origin);
    } catch (error) {
      refuse(cookie.key, (error as Error).message);
    }
  }

  /** The Cookie header of a request; empty without cookies. */
  async header(url: URL, context: Context): Promise<string> {
    const now = this.now();
    const all = await this.#jar.getCookies(url.href, { expire: false });
    const sent: Cookie[] = [];
    for (const cookie of all.sort(cookieCompare)) {
      if (cookie.expires instanceof Date && cookie.expires.getTime() <= now) await this.#expire(cookie);
      else if (belongs(cookie, context, now)) sent.push(cookie);
    }
    return sent.map(({ key, value }) => (key === '' ? value : `${key}=${value}`)).join('; ');
  }

  async #expire(cookie: Cookie): Promise<void> {
    const { key, domain, path, expires, creation } = cookie;
    await this.#jar.store.removeCookie(domain, path, key);
    const lifetime = (expires as Date).getTime() - (creation as Date).getTime();
    // A server that deletes a cookie lets it expire before it was set.
    if (lifetime > 0) this.lost.push({ name: key, origin: this.#origins.get(cookie) ?? '', lifetime });
  }
}

/** An attribute that is too long is ignored (RFC 6265bis, section 5.5). */
const withoutLongAttributes = (line: string): string =>
  line
    .split(';')
    .filter((part, i) => i === 0 || part.length - part.indexOf('=') - 1 <= MOST_OF_ATTRIBUTE)
    .join(';');

/** Why a browser refuses a cookie. A Domain without a dot would cover many hosts. For the host of that name it means this
 * host only, so it is removed from the cookie. */
function mistakeIn(cookie: Cookie, { hostname }: URL): string | undefined {
  const { key, value, secure, sameSite, domain, path } = cookie;
  // Node.js reads each byte of a header as one character.
  const bytes = key.length + value.length;
  if (bytes > MOST_BYTES) return `its name and value have ${bytes} bytes, and ${MOST_BYTES} are the most`;
  if (sameSite === 'none' && !secure) return 'it is SameSite=None without Secure';
  if (/^__secure-/i.test(key) && !secure) return 'its name begins with __Secure-, and it is not Secure';
  if (/^__host-/i.test(key) && (!secure || domain !== null || path !== '/'))
    return 'its name begins with __Host-: it must be Secure, with Path=/ and without Domain';
  if (domain === null || domain.includes('.')) return undefined;
  if (domain !== hostname) return `its Domain is ${domain}, which is no site`;
  cookie.domain = null;
  return undefined;
}

/** Its end by the browser's clock, in milliseconds since the epoch; undefined for a session cookie. */
function expiryOf({ maxAge, expires }: Cookie, now: number, date: string | undefined): number | undefined {
  if (maxAge === '-Infinity') return now;
  if (typeof maxAge === 'number') return now + Math.min(maxAge * 1000, LONGEST_LIFE);
  if (!(expires instanceof Date)) return undefined;
  const serverTime = Date.parse(date ?? '');
  const ahead = Number.isNaN(serverTime) ? 0 : now - serverTime;
  return Math.min(expires.getTime() + ahead, now + LONGEST_LIFE);
}

function belongs({ sameSite, creation }: Cookie, context: Context, now: number): boolean {
  if (context === 'same-site' || sameSite === 'none') return true;
  if (sameSite === 'strict') return false;
  if (context === 'cross-site') return true;
  return sameSite !== 'lax' && creation instanceof Date && now - creation.getTime() < LAX_AND_POST;
}
