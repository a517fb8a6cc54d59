import type http from 'node:http';
import { attempt } from '../lib/attempt';
import { parseJson, textOf } from '../lib/json';
import { observe } from '../lib/observe';
import { Masker } from './masks';
import { isSecretName, mask, maskJson } from './secrets';
import { takeSender } from './sender';
import { addressOf, tap } from './tap';
import type { Message, Party } from './types';

export type { Message, Party };
export { mask };

/** How many messages are stored, and how many characters of them. */
const MOST_MESSAGES = 5000;
const MOST_CHARACTERS = 64 * 2 ** 20;
/** How many messages pass between two counts of characters. */
const SOMETIMES = 50;

export interface RecorderOptions {
  /** How many of the newest messages are stored; 5000 by default. */
  most?: number;
  /** Characters of bodies, headers and addresses that are stored in total; 64 Mi by default. */
  mostCharacters?: number;
  onChange?: (message: Message) => void;
  /** Milliseconds since the epoch, by the clock of the parties; the system's by default. */
  now?: () => number;
  /** The sender of a request, if it is known better than from its headers. */
  whoAsks?: (req: http.IncomingMessage) => Party | undefined;
}

/** Characters that a message takes in memory, approximately. */
export function lengthOf({
  url,
  requestBody,
  responseBody,
  requestHeaders,
  responseHeaders,
}: Message): number {
  let length = url.href.length + requestBody.length + responseBody.length;
  for (const headers of [requestHeaders, responseHeaders])
    for (const name in headers) length += name.length + String(headers[name] ?? '').length;
  return length;
}

const senderOf = ({ headers }: http.IncomingMessage): Party =>
  headers['sec-fetch-mode'] === 'navigate' ? 'browser' : 'app';

/** Records every HTTP message between browser, app, tenant and API, as the servers see it. */
export class Recorder {
  readonly #messages: Message[] = [];
  readonly #byRequest = new WeakMap<http.IncomingMessage, Message>();
  #added = 0;

  constructor(private readonly options: RecorderOptions = {}) {}

  /** In the order of the requests. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** Wraps a party's request handler. A navigation (Sec-Fetch-Mode) is the browser's. Everything else is the app's,
   * whose fetch may send `cors`. @param from the sender of all requests, if there is only one. */
  wrap(to: Party, from?: Party): (handler: http.RequestListener) => http.RequestListener {
    const { options } = this;
    return (handler) => (req, res) => {
      observe('a request', () => {
        const sender = takeSender(req);
        const message = this.add({
          from: from ?? sender?.from ?? this.options.whoAsks?.(req) ?? senderOf(req),
          to,
          ...(sender?.process === undefined ? {} : { process: sender.process }),
          method: req.method ?? 'GET',
          url: addressOf(req),
          // Copied, since the tenant replaces headers while it works.
          requestHeaders: { ...req.headers },
        });
        this.#byRequest.set(req, message);
        tap(req, res, message, () => options.onChange?.(message));
      });
      handler(req, res);
    };
  }

  add(message: Pick<Message, 'from' | 'to' | 'method' | 'url'> & Partial<Message>): Message {
    const full: Message = {
      requestHeaders: {},
      requestBody: '',
      status: 0,
      responseHeaders: {},
      responseBody: '',
      at: (this.options.now ?? Date.now)(),
      ms: 0,
      ...message,
    };
    this.#messages.splice(this.#placeOf(full), 0, full);
    if (this.#messages.length > (this.options.most ?? MOST_MESSAGES)) this.#messages.shift();
    this.#added += 1;
    if (this.#added % SOMETIMES === 0) this.#makeRoom();
    this.options.onChange?.(full);
    return full;
  }

  /** Writes the answer to a message that was added without one. */
  answer(message: Message, answer: Partial<Message>): void {
    Object.assign(message, answer);
    this.options.onChange?.(message);
  }

  /** Writes which process of a party answers a request of `wrap`. */
  note(req: http.IncomingMessage, about: Pick<Message, 'process'>): void {
    const message = this.#byRequest.get(req);
    if (message) this.answer(message, about);
  }

  /** Bodies grow while they are read, so all lengths are counted again. */
  #makeRoom(): void {
    let characters = this.#messages.reduce((sum, one) => sum + lengthOf(one), 0);
    while (characters > (this.options.mostCharacters ?? MOST_CHARACTERS) && this.#messages.length > 1) {
      const gone = this.#messages.shift();
      if (gone) characters -= lengthOf(gone);
    }
  }

  /** Messages of another process come late; each is placed before what it caused in the same millisecond. */
  #placeOf({ at, to }: Message): number {
    const earlier = (one: Message) => one.at < at || (one.at === at && one.from !== to);
    return this.#messages.findLastIndex(earlier) + 1;
  }

  /** The messages between two parties, optionally of one path. */
  between(from: Party, to: Party, path?: string): Message[] {
    return this.#messages.filter(
      (m) => m.from === from && m.to === to && (path === undefined || m.url.pathname === path),
    );
  }
}

export function maskUrl(url: URL): string {
  const shown = new URL(url);
  for (const [name, value] of url.searchParams) {
    const masked = isSecretName(name, url.pathname) ? `${value.slice(0, 4)}…` : new Masker().value(value);
    if (masked !== value) shown.searchParams.set(name, masked);
  }
  return attempt(() => decodeURIComponent(shown.href)) ?? shown.href;
}

/** A form or JSON body as name=value pairs, any other text unchanged; secrets masked. @param at the request's path. */
export function maskBody(body: string, at = ''): string {
  let pairs: [string, unknown][];
  try {
    const inside = (text: string) => new Masker().value(text);
    pairs = Object.entries(maskJson(parseJson(body), mask, at, inside) as Record<string, unknown>);
  } catch {
    if (!/^[^\s=<>"{}]+=[^\s<>"{}]*$/.test(body)) return new Masker().text(body);
    pairs = [...new URLSearchParams(body)].map(([name, value]) => [
      name,
      isSecretName(name, at) ? mask(value) : new Masker().value(value),
    ]);
  }
  return pairs.map(([name, value]) => `${name}=${textOf(value)}`).join(' ');
}
