import type { IncomingHttpHeaders } from 'node:http';
import type { Context } from './cookies';
import { hidesOrigin, type Policy, policyIn, policyOf, referrer } from './referrer';
import { isTrustworthy, looser, type Relation, relate } from './sites';
import type { Body, Page } from './types';

/** The page that a person leaves. */
export interface Source {
  url: URL;
  policy: Policy;
}

export const sourceOf = (page: Page, policy?: Policy): Source => ({
  url: page.url,
  policy: policy ?? policyOf(page),
});

/** Statuses that redirect, with a Location (Fetch, section 2.2.6). */
const REDIRECTS = [301, 302, 303, 307, 308];

/** One navigation: the headers of its requests and the effect of each redirect (Fetch, section 4.4). */
export class Navigation {
  url: URL;
  #relation: Relation | undefined;
  #referrer: URL | undefined;
  #policy: Policy;
  /** Whether Origin must be null: another origin redirected to a third one, or back. */
  #tainted = false;

  /** @param source the page that leads there; undefined when a person types the address. */
  constructor(
    url: URL,
    public method: string,
    public body: Body | undefined,
    private readonly source: Source | undefined,
    private readonly originsAreSites: boolean,
  ) {
    this.url = url;
    this.#referrer = source?.url;
    this.#policy = source?.policy ?? 'strict-origin-when-cross-origin';
    this.#arrive(url);
  }

  /** The headers with the source of a request. */
  headers(): Record<string, string> {
    const origin = this.#origin();
    return {
      ...(origin !== undefined && { origin }),
      ...(this.#referrer && { referer: this.#referrer.href }),
      ...(this.body && {
        'content-type': this.body.type,
        'content-length': String(Buffer.byteLength(this.body.text)),
      }),
      ...(isTrustworthy(this.url) && {
        'sec-fetch-site': this.#relation ?? 'none',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        'sec-fetch-user': '?1',
      }),
    };
  }

  /** Which cookies the next request has: for Chromium the page counts, not the sites that redirect. */
  get context(): Context {
    if (!this.source || relate(this.source.url, this.url, this.originsAreSites) !== 'cross-site')
      return 'same-site';
    return this.method === 'GET' ? 'cross-site' : 'cross-site-post';
  }

  /** The target of a redirect; undefined for a page. */
  redirectOf(status: number, location: string | undefined): URL | undefined {
    if (!REDIRECTS.includes(status) || location === undefined) return undefined;
    const next = new URL(location, this.url);
    if (!['http:', 'https:'].includes(next.protocol)) return undefined;
    if (!next.hash) next.hash = this.url.hash;
    return next;
  }

  /** Follows a redirect. */
  follow(next: URL, status: number, headers: IncomingHttpHeaders): void {
    const becomesGet = status === 303 || ((status === 301 || status === 302) && this.method === 'POST');
    if (becomesGet) {
      this.method = 'GET';
      this.body = undefined;
    }
    this.#policy = policyIn(String(headers['referrer-policy'] ?? '')) ?? this.#policy;
    if (this.source && next.origin !== this.url.origin) this.#tainted = true;
    this.#arrive(next);
  }

  #arrive(url: URL): void {
    this.url = url;
    if (!this.source) return;
    const here = relate(this.source.url, url, this.originsAreSites);
    this.#relation = this.#relation === undefined ? here : looser(this.#relation, here);
    const sent = this.#referrer && referrer(this.#policy, this.#referrer, url);
    this.#referrer = sent === undefined ? undefined : new URL(sent);
  }

  /** A GET has no Origin (Fetch, section 3.2). */
  #origin(): string | undefined {
    if (!this.source || this.method === 'GET') return undefined;
    const hidden = this.#tainted || hidesOrigin(this.#policy, this.source.url, this.url);
    return hidden ? 'null' : this.source.url.origin;
  }
}
