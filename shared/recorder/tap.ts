import type http from 'node:http';
import type { TLSSocket } from 'node:tls';
import { observe } from '../lib/observe';

export const MOST_BODY = 64 * 1024;

/** The visible part of an exchange while it goes on. */
export interface Tapped {
  requestBody: string;
  /** 0 while there is no answer, or when the connection ended without one. */
  status: number;
  responseHeaders: http.OutgoingHttpHeaders;
  responseBody: string;
  /** Milliseconds since the epoch, and the duration. */
  at: number;
  ms: number;
}

/** Records what a server reads and answers.
 * @param onAnswer called before the last byte is sent, so that the answer is recorded when it arrives. */
export function tap(
  req: http.IncomingMessage,
  res: http.ServerResponse,
  message: Tapped,
  onAnswer: () => void,
): void {
  const begun = performance.now();
  const { push } = req;
  req.push = function (this: typeof req, chunk: unknown, ...rest: unknown[]) {
    observe('a request as it is read', () => {
      if (chunk !== null) message.requestBody = appended(message.requestBody, chunk);
    });
    return (push as (...all: unknown[]) => boolean).call(this, chunk, ...rest);
  } as typeof req.push;
  const { write, writeHead, end } = res;
  /** Headers given to writeHead; Node.js stores only those of setHeader. */
  let written: http.OutgoingHttpHeaders = {};
  res.writeHead = function (this: typeof res, ...args: unknown[]) {
    observe('the headers of an answer', () => {
      const given = args.at(-1);
      if (typeof given === 'object' && given !== null) written = headersIn(given);
    });
    return (writeHead as (...all: unknown[]) => typeof res).apply(this, args);
  } as typeof res.writeHead;
  res.write = function (this: typeof res, ...args: unknown[]) {
    observe('an answer as it is written', () => {
      message.responseBody = appended(message.responseBody, args[0]);
    });
    return (write as (...all: unknown[]) => boolean).apply(this, args);
  } as typeof res.write;
  res.end = function (this: typeof res, ...args: unknown[]) {
    observe('an answer', () => {
      message.responseBody = appended(message.responseBody, args[0]);
      message.status = this.statusCode;
      message.responseHeaders = { ...this.getHeaders(), ...written };
      message.ms = Math.round(performance.now() - begun);
      onAnswer();
    });
    return (end as (...all: unknown[]) => typeof res).apply(this, args);
  } as typeof res.end;
}

/** The argument of `writeHead`: an object, or names and values in turn. */
function headersIn(given: object): http.OutgoingHttpHeaders {
  const pairs = Array.isArray(given)
    ? given.flatMap((name, i): [string, unknown][] => (i % 2 === 0 ? [[String(name), given[i + 1]]] : []))
    : Object.entries(given);
  const found = new Map<string, unknown>();
  // A name may come several times, as Set-Cookie does (RFC 6265, section 3).
  for (const [name, value] of pairs.map(([name, value]) => [name.toLowerCase(), value] as const))
    found.set(name, found.has(name) ? [found.get(name), value].flat() : value);
  return Object.fromEntries(found) as http.OutgoingHttpHeaders;
}

export function appended(body: string, chunk: unknown): string {
  if (body.length >= MOST_BODY || !(typeof chunk === 'string' || chunk instanceof Uint8Array)) return body;
  return (body + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))).slice(
    0,
    MOST_BODY,
  );
}

/** The address of a request; for an invalid one, the part that is valid. */
export function addressOf({
  url = '/',
  headers,
  socket,
}: Pick<http.IncomingMessage, 'url' | 'headers'> & Partial<Pick<http.IncomingMessage, 'socket'>>): URL {
  const scheme = (socket as TLSSocket | undefined)?.encrypted ? 'https' : 'http';
  const host = headers.host ?? 'localhost';
  const origin = URL.canParse(`${scheme}://${host}`)
    ? new URL(`${scheme}://${host}`).origin
    : `${scheme}://localhost`;
  return URL.canParse(origin + url) ? new URL(origin + url) : new URL(origin);
}
