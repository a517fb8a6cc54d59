import diagnostics from 'node:diagnostics_channel';
import http from 'node:http';
import { observe } from '../../lib/observe';
import { own } from '../../lib/own';
import type { Message } from '../../recorder';
import { addressOf, appended, type Tapped, tap } from '../../recorder/tap';

/** A message as the agent reports it: first the request, then the answer with the same id. */
export type WireEvent = { id: number } & Partial<Omit<Message, 'url'>> & { url?: string };

/** Parties that the workshop does not run, by the origin at which the app finds them. */
export type Elsewhere = Record<string, 'tenant' | 'api'>;

type Report = (event: WireEvent) => void;

let last = 0;

/** Reports each message between browser and app, and between the app and parties elsewhere. Node's diagnostics channels
 * announce them, so the app itself is not changed. */
export function reportMessages(elsewhere: Elsewhere, report: Report): void {
  const onRequest = (context: unknown) => {
    const { request, response } = context as {
      request: http.IncomingMessage;
      response: http.ServerResponse;
    };
    // Style sheets and icons of a page explain nothing.
    if (request.headers['sec-fetch-mode'] === 'no-cors') return;
    const open = begin(report, {
      from: 'browser',
      to: 'app',
      method: request.method ?? 'GET',
      url: addressOf(request).href,
      requestHeaders: { ...request.headers },
    });
    let reported = false;
    const end = () => {
      if (!reported) open.end();
      reported = true;
    };
    tap(request, response, open.message, end);
    // An app that crashes or closes the connection gives no answer.
    response.once('close', end);
  };
  // What a listener throws would end the app.
  diagnostics.subscribe('http.server.request.start', (context) =>
    observe('a request to the app', () => onRequest(context)),
  );
  if (Object.keys(elsewhere).length === 0) return;
  watchFetch(elsewhere, report);
  watchRequests(elsewhere, report);
}

interface Open {
  message: Tapped;
  end(): void;
}

function begin(report: Report, request: Omit<WireEvent, 'id'>): Open {
  last += 1;
  const id = last;
  const at = Date.now();
  const message: Tapped = {
    requestBody: request.requestBody ?? '',
    status: 0,
    responseHeaders: {},
    responseBody: '',
    at,
    ms: 0,
  };
  report({ id, at, ...request });
  return { message, end: () => report({ id, ...message, ms: Date.now() - at }) };
}

/** Node's fetch: a body can be read from a copy only. */
function watchFetch(elsewhere: Elsewhere, report: Report): void {
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    // A new Request would consume the body.
    const asked = input instanceof Request ? input : undefined;
    const url = asked?.url ?? String(input);
    const to = URL.canParse(url) ? own(elsewhere, new URL(url).origin) : undefined;
    if (to === undefined) return fetch(input, init);
    let open: Open | undefined;
    observe('a fetch of the app', () => {
      const body = typeof init?.body === 'string' || init?.body instanceof URLSearchParams ? init.body : '';
      open = begin(report, {
        from: 'app',
        to,
        method: init?.method ?? asked?.method ?? 'GET',
        url,
        requestHeaders: Object.fromEntries(new Headers(init?.headers ?? asked?.headers)),
        requestBody: appended('', String(body)),
      });
    });
    try {
      const answer = await fetch(input, init);
      observe('what a fetch of the app got', () => open && read(answer, open));
      return answer;
    } catch (error) {
      open?.end();
      throw error;
    }
  };
}

function read(answer: Response, { message, end }: Open): void {
  message.status = answer.status;
  message.responseHeaders = Object.fromEntries(answer.headers);
  void answer
    .clone()
    .text()
    .then((text) => {
      message.responseBody = appended('', text);
    })
    .catch(() => {})
    .then(end);
}

const SENT = Symbol('what was sent');
type Outgoing = http.ClientRequest & { [SENT]?: string };

/** Requests by Node's http and https modules, which many packages use. */
function watchRequests(elsewhere: Elsewhere, report: Report): void {
  const { prototype } = http.ClientRequest;
  for (const name of ['write', 'end'] as const) {
    const inherited = prototype[name] as (...args: unknown[]) => unknown;
    Object.assign(prototype, {
      [name](this: Outgoing, ...args: unknown[]) {
        observe('what the app sends', () => {
          this[SENT] = appended(this[SENT] ?? '', args[0]);
        });
        return inherited.apply(this, args);
      },
    });
  }
  const onRequest = ({ request }: { request: Outgoing }) => {
    const address = `${request.protocol}//${request.host}${request.path}`;
    if (!URL.canParse(address)) return;
    const headers = request.getHeaders();
    const url = new URL(address);
    const port = String(headers.host ?? '').split(':')[1];
    if (port) url.port = port;
    const to = own(elsewhere, url.origin);
    if (to === undefined) return;
    const { message, end } = begin(report, {
      from: 'app',
      to,
      method: request.method,
      url: url.href,
      requestHeaders: headers as http.IncomingHttpHeaders,
      requestBody: request[SENT] ?? '',
    });
    request.once('response', (answer: http.IncomingMessage) => {
      message.status = answer.statusCode ?? 0;
      message.responseHeaders = { ...answer.headers };
      const { push } = answer;
      answer.push = function (this: typeof answer, chunk: unknown, ...rest: unknown[]) {
        observe('what the app is answered', () => {
          message.responseBody = appended(message.responseBody, chunk);
        });
        return (push as (...all: unknown[]) => boolean).call(this, chunk, ...rest);
      } as typeof answer.push;
    });
    request.once('close', end);
  };
  diagnostics.subscribe('http.client.request.start', (context) =>
    observe('a request of the app', () => onRequest(context as { request: Outgoing })),
  );
}
