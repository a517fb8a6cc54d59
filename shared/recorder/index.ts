import type http from 'node:http';

export type Party = 'browser' | 'app' | 'tenant' | 'api';

/** One HTTP request and its answer. */
export interface Message {
  from: Party;
  to: Party;
  method: string;
  url: URL;
  requestHeaders: http.IncomingHttpHeaders;
  requestBody: string;
  /** 0 while there is no answer, or when the connection ended without one. */
  status: number;
  responseHeaders: http.OutgoingHttpHeaders;
  responseBody: string;
  /** Milliseconds since the epoch, and how long it took. */
  at: number;
  ms: number;
}

/** Messages and characters of a body that are kept. */
const MOST_MESSAGES = 5000;
const MOST_BODY = 64 * 1024;

export interface RecorderOptions {
  /** Messages that are kept: the newest; 5000 unless told otherwise. */
  most?: number;
  /** Told at each request and each answer. */
  onChange?: (message: Message) => void;
}

/** Records every HTTP message between browser, app, tenant and API, as the servers see it. */
export class Recorder {
  readonly #messages: Message[] = [];

  constructor(private readonly options: RecorderOptions = {}) {}

  /** In the order in which the requests came. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  /**
   * Wraps a party's request handler. A navigation (Sec-Fetch-Mode) is the browser's; all else comes from the app's
   * server, whose fetch may say `cors`.
   */
  wrap(to: Party): (handler: http.RequestListener) => http.RequestListener {
    const { options } = this;
    return (handler) => (req, res) => {
      const message = this.add({
        from: req.headers['sec-fetch-mode'] === 'navigate' ? 'browser' : 'app',
        to,
        method: req.method ?? 'GET',
        url: new URL(req.url ?? '/', `http://${req.headers.host ?? 'localhost'}`),
        // The tenant replaces headers as it works: what was sent is kept.
        requestHeaders: { ...req.headers },
      });
      const { push } = req;
      req.push = function (this: typeof req, chunk: unknown, ...rest: unknown[]) {
        if (chunk !== null) message.requestBody = (message.requestBody + String(chunk)).slice(0, MOST_BODY);
        return (push as (...all: unknown[]) => boolean).call(this, chunk, ...rest);
      } as typeof req.push;
      const { write, end } = res;
      const keep = (chunk: unknown) => {
        if (typeof chunk === 'string' || chunk instanceof Uint8Array) {
          message.responseBody = (
            message.responseBody + Buffer.from(chunk as Uint8Array).toString('utf8')
          ).slice(0, MOST_BODY);
        }
      };
      res.write = function (this: typeof res, ...args: unknown[]) {
        keep(args[0]);
        return (write as (...all: unknown[]) => boolean).apply(this, args);
      } as typeof res.write;
      res.end = function (this: typeof res, ...args: unknown[]) {
        keep(args[0]);
        // Before the last byte leaves, so that whoever has the answer finds it recorded.
        message.status = this.statusCode;
        message.responseHeaders = this.getHeaders();
        message.ms = Date.now() - message.at;
        options.onChange?.(message);
        return (end as (...all: unknown[]) => typeof res).apply(this, args);
      } as typeof res.end;
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
      at: Date.now(),
      ms: 0,
      ...message,
    };
    this.#messages.push(full);
    if (this.#messages.length > (this.options.most ?? MOST_MESSAGES)) this.#messages.shift();
    this.options.onChange?.(full);
    return full;
  }

  /** A place in the recording, for `since`. */
  mark(): number {
    return this.#messages.at(-1)?.at ?? 0;
  }

  /** The messages between two parties, optionally of one path. */
  between(from: Party, to: Party, path?: string): Message[] {
    return this.#messages.filter(
      (m) => m.from === from && m.to === to && (path === undefined || m.url.pathname === path),
    );
  }
}

const SECRET = /^(code|access_token|refresh_token|id_token|client_secret|code_verifier|password|token)$/;

/** A secret as it may be shown: its beginning and its length. */
export function mask(secret: string): string {
  return secret.length <= 8 ? '…' : `${secret.slice(0, 4)}… (${secret.length} characters)`;
}

/** An address with its secrets masked. */
export function maskUrl(url: URL): string {
  const shown = new URL(url);
  for (const [name, value] of shown.searchParams)
    if (SECRET.test(name)) shown.searchParams.set(name, `${value.slice(0, 4)}…`);
  return decodeURIComponent(shown.href);
}

/** A form or JSON body as name=value pairs with its secrets masked. */
export function maskBody(body: string): string {
  let pairs: [string, unknown][];
  try {
    pairs = Object.entries(JSON.parse(body) as Record<string, unknown>);
  } catch {
    pairs = [...new URLSearchParams(body)];
  }
  return pairs
    .map(([name, value]) => `${name}=${SECRET.test(name) ? mask(String(value)) : String(value)}`)
    .join(' ');
}
