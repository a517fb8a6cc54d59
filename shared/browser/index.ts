import http from 'node:http';
import https from 'node:https';
import { type HTMLElement, parse } from 'node-html-parser';
import { CookieJar } from 'tough-cookie';

/** One answer, as a person's browser would have it. */
export interface Page {
  url: URL;
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** Every request that led here, oldest first. */
  hops: { method: string; url: string; status: number }[];
}

/** How a browser goes on from an answer. */
export interface NavigateOptions {
  /** Whether redirects are followed; true by default. */
  follow?: boolean;
  headers?: Record<string, string>;
  /** An origin that is not left: a redirect to another one is returned as it is. */
  within?: string | undefined;
  /** Milliseconds until each answer must have come; the browser's own patience by default. */
  patience?: number;
}

export interface Form {
  action: URL;
  method: 'GET' | 'POST';
  fields: Record<string, string>;
  buttons: { name: string | undefined; value: string; text: string }[];
  hasPassword: boolean;
}

/** Milliseconds until a page must have come. */
export const PATIENCE = 5000;
/** Milliseconds for what did not answer before: many checks ask for the same page. */
const SHORT_PATIENCE = 100;
const MOST_HOPS = 20;

export class RedirectLoop extends Error {
  constructor(readonly hops: Page['hops']) {
    super(`The redirects do not end:\n${hops.map((h) => `${h.status} ${h.method} ${h.url}`).join('\n')}`);
  }
}

export class NoAnswer extends Error {
  constructor(
    readonly method: string,
    readonly url: URL,
    /** Milliseconds waited, for this request or an earlier one to the same address. */
    readonly ms: number,
  ) {
    super(`${method} ${url.origin}${url.pathname} did not answer within ${ms / 1000} s`);
  }
}

/** Where a browser records what passes between it and the app: one entry for each request, which later gets the answer. */
export interface RequestLog {
  add(request: {
    from: 'browser';
    to: 'app';
    method: string;
    url: URL;
    requestHeaders: Record<string, string>;
    requestBody: string;
  }): object;
}

/** A headless user agent: cookie jar, redirects and forms, and the headers by which a real browser is known. */
export class Browser {
  readonly #jar = new CookieJar(undefined, { looseMode: true });
  readonly #agents: { http: http.Agent; https: https.Agent };

  /** @param recorder what passes between this browser and the app at `app` is recorded there. */
  constructor(
    private readonly recorder?: RequestLog,
    private readonly app?: string,
    /** What did not answer in time, with the milliseconds that were waited; browsers of one run share it. */
    private readonly silent = new Map<string, number>(),
    /** The certificate (PEM) of an authority that it trusts, as one has imported it into a browser. */
    authority?: string,
    /** Milliseconds until each answer must have come. */
    private readonly patience = PATIENCE,
  ) {
    this.#agents = {
      http: new http.Agent({ keepAlive: true }),
      https: new https.Agent({ keepAlive: true, ca: authority }),
    };
  }

  /** Follows redirects by default. */
  async get(url: string | URL, options: NavigateOptions = {}): Promise<Page> {
    return this.#navigate('GET', new URL(url), undefined, options);
  }

  async post(
    url: string | URL,
    fields: Record<string, string>,
    options: NavigateOptions = {},
  ): Promise<Page> {
    return this.#navigate('POST', new URL(url), new URLSearchParams(fields).toString(), options);
  }

  /** Fills a form in and sends it by the button given, or its first. */
  async submit(page: Page, form: Form, values: Record<string, string> = {}, within?: string): Promise<Page> {
    const fields = { ...form.fields, ...values };
    const headers = {
      origin: page.url.origin,
      'sec-fetch-site': form.action.origin === page.url.origin ? 'same-origin' : 'cross-site',
    };
    const body = new URLSearchParams(fields).toString();
    if (form.method === 'POST') return this.#navigate('POST', form.action, body, { headers, within });
    form.action.search = body;
    return this.#navigate('GET', form.action, undefined, { within });
  }

  /**
   * Gets through the tenant's login and consent pages, until the browser is back at the application.
   *
   * @param within an origin that is not left: the answer is then the redirect that would lead away.
   */
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
      if (login)
        current = await this.submit(current, login, { email: user.email, password: user.password }, within);
      else if (decision) current = await this.submit(current, decision, { decision: consent }, within);
      else break;
    }
    return current;
  }

  /** The cookies that would be sent to an address. */
  async cookies(url: string | URL): Promise<string> {
    return this.#jar.getCookieString(String(url));
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  async #navigate(
    method: string,
    start: URL,
    body: string | undefined,
    { follow = true, headers = {}, within, patience = this.patience }: NavigateOptions,
  ): Promise<Page> {
    const hops: Page['hops'] = [];
    let crossed = headers['sec-fetch-site'] === 'cross-site';
    let url = start;
    let how = method;
    let content = body;
    let extra = headers;
    for (;;) {
      const answer = await this.#request(how, url, content, extra, patience, crossed);
      hops.push({ method: how, url: url.href, status: answer.status });
      const { location } = answer.headers;
      if (!follow || !location || answer.status < 300 || answer.status >= 400)
        return { ...answer, url, hops };
      if (hops.length >= MOST_HOPS) throw new RedirectLoop(hops);
      const next = new URL(location, url);
      if (within !== undefined && next.origin !== within) return { ...answer, url, hops };
      if (answer.status !== 307 && answer.status !== 308) {
        how = 'GET';
        content = undefined;
      }
      // Once another site was on the way, the navigation stays a cross-site one (Fetch, section 4.4).
      crossed ||= next.origin !== url.origin;
      extra = crossed ? { 'sec-fetch-site': 'cross-site' } : {};
      url = next;
    }
  }

  async #request(
    method: string,
    url: URL,
    body: string | undefined,
    extra: Record<string, string>,
    patience: number,
    crossed: boolean,
  ): Promise<Omit<Page, 'url' | 'hops'>> {
    // Ports make no other site, so on localhost a browser would send more: each party counts as a site of its own, as in production.
    const sameSiteContext = !crossed ? 'strict' : method === 'GET' ? 'lax' : 'none';
    const cookie = await this.#jar.getCookieString(url.href, { sameSiteContext });
    const headers: Record<string, string> = {
      'user-agent': 'Mozilla/5.0 (compatible; CallYourApiBrowser/1.0)',
      accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-site': method === 'GET' ? 'none' : 'same-origin',
      ...(cookie ? { cookie } : {}),
      ...(body === undefined
        ? {}
        : {
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': String(Buffer.byteLength(body)),
          }),
      ...extra,
    };
    const message =
      url.origin === this.app
        ? this.recorder?.add({
            from: 'browser',
            to: 'app',
            method,
            url,
            requestHeaders: headers,
            requestBody: body ?? '',
          })
        : undefined;
    const begun = performance.now();
    const answer = await this.#patiently(method, url, patience, (ms) =>
      send(this.#agents, method, url, headers, body, ms),
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
      await this.#jar.setCookie(line, url.href, { ignoreError: true });
    return answer;
  }

  /** Where something did not answer once, the next check that asks for it need not wait as long again. */
  async #patiently<T>(
    method: string,
    url: URL,
    patience: number,
    work: (ms: number) => Promise<T>,
  ): Promise<T> {
    const key = `${method} ${url.origin}${url.pathname}`;
    const before = this.silent.get(key);
    try {
      const answer = await work(before === undefined ? patience : SHORT_PATIENCE);
      this.silent.delete(key);
      return answer;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.silent.set(key, before ?? patience);
      throw new NoAnswer(method, url, before ?? patience);
    }
  }
}

/** What Node.js sets when the answer begins, which its types do not have. */
type ClientRequest = http.ClientRequest & { res?: http.IncomingMessage | null };

function send(
  agents: { http: http.Agent; https: https.Agent },
  method: string,
  url: URL,
  headers: Record<string, string>,
  body: string | undefined,
  ms: number,
): Promise<Omit<Page, 'url' | 'hops'>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => request.destroy(new NoAnswer(method, url, ms)), ms);
    const answered = (response: http.IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
      response.on('error', reject);
    };
    const request: ClientRequest =
      url.protocol === 'https:'
        ? https.request(url, { method, headers, agent: agents.https }, answered)
        : http.request(url, { method, headers, agent: agents.http }, answered);
    request.on('close', () => clearTimeout(timer));
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (!closedWhileIdle(request, error)) return reject(error);
      clearTimeout(timer);
      send(agents, method, url, headers, body, ms).then(resolve, reject);
    });
    request.end(body);
  });
}

/**
 * Whether a server closed a connection that it had kept open, just as this request went out on it. Browsers send such a request again, on a
 * new connection (RFC 9112, section 9.3.1).
 */
function closedWhileIdle({ reusedSocket, res }: ClientRequest, { code }: NodeJS.ErrnoException): boolean {
  return reusedSocket && !res && (code === 'ECONNRESET' || code === 'EPIPE');
}

/** The page's forms, with what they would send as they are. */
export function forms(page: Page): Form[] {
  return parse(page.body)
    .querySelectorAll('form')
    .map((form) => ({
      action: new URL(form.getAttribute('action') || page.url.href, page.url),
      method: form.getAttribute('method')?.toUpperCase() === 'POST' ? 'POST' : 'GET',
      fields: Object.fromEntries(
        form
          .querySelectorAll('input[name]')
          .filter(isSent)
          .map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']),
      ),
      buttons: form.querySelectorAll('button, input[type=submit]').map((button) => ({
        name: button.getAttribute('name'),
        value: button.getAttribute('value') ?? '',
        text: button.text.trim(),
      })),
      hasPassword: form.querySelector('input[type=password]') !== null,
    }));
}

function isSent(input: HTMLElement): boolean {
  const type = input.getAttribute('type') ?? 'text';
  if (type === 'checkbox' || type === 'radio') return input.hasAttribute('checked');
  return !['submit', 'button', 'reset', 'image', 'file'].includes(type);
}

/** What a person reads on the page. */
export function text(page: Page): string {
  return wordsOf(documentOf(page));
}

/** What a page has to say: without what stands on every page of a site, where it marks its main part. */
export function gist(page: Page): string {
  const document = documentOf(page);
  return wordsOf(document.querySelector('main') ?? document);
}

const documentOf = ({ body }: Page) => parse(body.replace(/^\s*<!doctype[^>]*>/i, ''));

/** Blocks stand apart, as they do on the screen. */
const wordsOf = (element: HTMLElement) => element.structuredText.replace(/\s+/g, ' ').trim();
