import http from 'node:http';
import https from 'node:https';
import { Cookies, type LostCookie } from './cookies';
import { bodyOf, query } from './form-body';
import { forms } from './forms';
import { linkOf } from './links';
import { Navigation, type Source, sourceOf } from './navigation';
import { type Agents, NoAnswer, send } from './transport';
import type { Answer, Button, Form, Page, RequestLog } from './types';

export type { LostCookie } from './cookies';
export { forms } from './forms';
export { links } from './links';
export { gist, text } from './text';
export { NoAnswer } from './transport';
export type { Button, Form, Page, RequestLog } from './types';

export interface BrowserOptions {
  /** Records the messages between this browser and the app at `app`. */
  recorder?: RequestLog | undefined;
  app?: string | undefined;
  /** Addresses that did not answer, with the milliseconds of the wait; browsers of one run share it. */
  silent?: Map<string, number>;
  /** The certificate (PEM) of an authority that it trusts. */
  authority?: string | undefined;
  /** Milliseconds until each answer must arrive. */
  patience?: number;
  /** Its clock: milliseconds since the epoch. */
  now?: () => number;
  /** Whether another port is another site, as the parties are in production. Default: false, as in a browser. */
  originsAreSites?: boolean;
  /** Awaited before each page is returned, e.g. until slower evidence of it has arrived. */
  settle?: () => Promise<unknown>;
}

export interface NavigateOptions {
  /** Whether redirects are followed; true by default. */
  follow?: boolean;
  /** Headers of the first request that replace the browser's own. */
  headers?: Record<string, string>;
  /** Redirects are followed within this origin only; one to another origin is returned. */
  within?: string | undefined;
  /** Milliseconds until each answer must arrive; the browser's own patience by default. */
  patience?: number;
  /** The page that leads there. By default a person types the address, and a form is on a page of the same origin. */
  from?: string | URL | undefined;
}

export interface SubmitOptions {
  /** The button to press; by default the one among the values, else the first, as Enter does. */
  button?: Button | undefined;
  within?: string | undefined;
  /** Headers of the first request, in place of the browser's own. */
  headers?: Record<string, string>;
}

/** Milliseconds until a page must arrive. */
export const PATIENCE = 5000;
/** Milliseconds for an address that did not answer before: many checks ask for the same page. */
const SHORT_PATIENCE = 100;
/** Milliseconds that a person needs at a login page, to find the password and to type it. */
export const AT_LOGIN = 60_000;
const MOST_HOPS = 20;

export class RedirectLoop extends Error {
  constructor(readonly hops: Page['hops']) {
    super(`The redirects do not end:\n${hops.map((h) => `${h.status} ${h.method} ${h.url}`).join('\n')}`);
  }
}

/** A headless browser that behaves as Chromium: cookies, redirects, links, forms, Origin, Referer and Sec-Fetch headers.
 * Its own clock lets a person take time without a wait. */
export class Browser {
  readonly #agents: Agents;
  readonly #cookies: Cookies;
  readonly #silent: Map<string, number>;
  /** Milliseconds by which its clock is ahead. */
  #ahead = 0;

  constructor(private readonly options: BrowserOptions = {}) {
    const { authority, silent = new Map(), now = Date.now } = options;
    this.#agents = {
      http: new http.Agent({ keepAlive: true }),
      https: new https.Agent({ keepAlive: true, ca: authority }),
    };
    this.#silent = silent;
    this.#cookies = new Cookies(() => now() + this.#ahead);
  }

  /** Types an address. Follows redirects by default. */
  async get(url: string | URL, options: NavigateOptions = {}): Promise<Page> {
    const source = options.from === undefined ? undefined : sourceAt(options.from);
    return this.#navigate(this.#navigation(new URL(url), 'GET', undefined, source), options);
  }

  /** Sends a form that no page has. */
  async post(
    url: string | URL,
    fields: Record<string, string>,
    options: NavigateOptions = {},
  ): Promise<Page> {
    const body = bodyOf(Object.entries(fields), 'application/x-www-form-urlencoded');
    const source = sourceAt(options.from ?? new URL('/', url));
    return this.#navigate(this.#navigation(new URL(url), 'POST', body, source), options);
  }

  /** Clicks the link that a selector finds. @throws Error when the page does not have it. */
  async click(page: Page, selector: string, options: NavigateOptions = {}): Promise<Page> {
    const { url, policy } = linkOf(page, selector);
    return this.#navigate(this.#navigation(url, 'GET', undefined, sourceOf(page, policy)), options);
  }

  /** Fills in a form and presses a button. */
  async submit(
    page: Page,
    form: Form,
    values: Record<string, string> = {},
    { button = buttonOf(form, values), ...options }: SubmitOptions = {},
  ): Promise<Page> {
    const { action, method, enctype, entries } = form.submission(values, button);
    if (method === 'GET') action.search = query(entries);
    const body = method === 'GET' ? undefined : bodyOf(entries, enctype);
    return this.#navigate(this.#navigation(action, method, body, sourceOf(page)), options);
  }

  /** Completes the tenant's login and consent pages. Returns the page of the application, or, with `within`, the redirect
   * that leaves this origin. */
  async logIn(
    page: Page,
    user: { email: string; password: string },
    consent: 'accept' | 'decline' = 'accept',
    within?: string,
  ): Promise<Page> {
    let current = page;
    const tenant = page.url.origin;
    for (let i = 0; i < 3 && current.url.origin === tenant; i++) {
      const all = forms(current);
      const login = all.find((form) => form.hasPassword);
      const decision = all.find((form) => form.buttons.some((button) => button.name === 'decision'));
      if (login) {
        this.takeTime(AT_LOGIN);
        const { email, password } = user;
        current = await this.submit(current, login, { email, password }, { within });
      } else if (decision) current = await this.submit(current, decision, { decision: consent }, { within });
      else break;
    }
    return current;
  }

  /** Advances this browser's clock only. @param ms milliseconds. */
  takeTime(ms: number): void {
    this.#ahead += ms;
  }

  /** The cookies of a request to an address that a person types. */
  async cookies(url: string | URL): Promise<string> {
    return this.#cookies.header(new URL(url), 'same-site');
  }

  /** Cookies that the browser refused, or that expired. Oldest first. */
  get lostCookies(): readonly LostCookie[] {
    return this.#cookies.lost;
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  #navigation(...[url, method, body, source]: NavigationArguments): Navigation {
    return new Navigation(url, method, body, source, this.options.originsAreSites ?? false);
  }

  async #navigate(navigation: Navigation, options: NavigateOptions): Promise<Page> {
    const page = await this.#follow(navigation, options);
    await this.options.settle?.();
    return page;
  }

  async #follow(navigation: Navigation, options: NavigateOptions): Promise<Page> {
    const { follow = true, within } = options;
    const hops: Page['hops'] = [];
    for (;;) {
      const { url } = navigation;
      const answer = await this.#request(
        navigation,
        hops.length === 0 ? options : { ...options, headers: {} },
      );
      hops.push({ method: navigation.method, url: url.href, status: answer.status });
      const next = navigation.redirectOf(answer.status, answer.headers.location);
      if (!follow || !next) return { ...answer, url, hops };
      if (hops.length >= MOST_HOPS) throw new RedirectLoop(hops);
      if (within !== undefined && next.origin !== within) return { ...answer, url, hops };
      navigation.follow(next, answer.status, answer.headers);
    }
  }

  async #request(navigation: Navigation, { headers: extra, patience }: NavigateOptions): Promise<Answer> {
    const { method, url, body } = navigation;
    const cookie = await this.#cookies.header(url, navigation.context);
    const headers: Record<string, string> = {
      'user-agent': 'Mozilla/5.0 (compatible; CallYourApiBrowser/1.0)',
      accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
      'upgrade-insecure-requests': '1',
      ...(cookie ? { cookie } : {}),
      ...navigation.headers(),
      ...extra,
    };
    const message = this.#recorded(navigation, headers);
    const begun = performance.now();
    const answer = await this.#patiently(method, url, patience ?? this.options.patience ?? PATIENCE, (ms) =>
      send(this.#agents, method, url, headers, body?.text, ms),
    );
    if (message) {
      Object.assign(message, {
        status: answer.status,
        responseHeaders: answer.headers,
        responseBody: answer.body,
        ms: Math.round(performance.now() - begun),
      });
    }
    for (const line of answer.headers['set-cookie'] ?? [])
      await this.#cookies.store(line, url, answer.headers.date);
    return answer;
  }

  #recorded({ method, url, body }: Navigation, requestHeaders: Record<string, string>): object | undefined {
    const { app, recorder } = this.options;
    if (url.origin !== app) return undefined;
    const requestBody = body?.text ?? '';
    return recorder?.add({ from: 'browser', to: 'app', method, url, requestHeaders, requestBody });
  }

  /** The next check does not wait as long again for an address that did not answer. */
  async #patiently<T>(
    method: string,
    url: URL,
    patience: number,
    work: (ms: number) => Promise<T>,
  ): Promise<T> {
    const key = `${method} ${url.origin}${url.pathname}`;
    const before = this.#silent.get(key);
    try {
      const answer = await work(before === undefined ? patience : SHORT_PATIENCE);
      this.#silent.delete(key);
      return answer;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.#silent.set(key, before ?? patience);
      throw new NoAnswer(method, url, before ?? patience);
    }
  }
}

type NavigationArguments = [url: URL, method: string, body: Navigation['body'], source: Source | undefined];

const sourceAt = (url: string | URL): Source => ({
  url: new URL(url),
  policy: 'strict-origin-when-cross-origin',
});

/** The button whose name and value are among the values; the first one if no button has such a name. */
function buttonOf({ buttons }: Form, values: Record<string, string>): Button | undefined {
  const named = buttons.filter(({ name }) => name !== undefined && Object.hasOwn(values, name));
  if (named.length === 0) return buttons[0];
  return named.find(({ name = '', value }) => values[name] === value);
}
