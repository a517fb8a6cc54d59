import http from 'node:http';
import { NoAnswer, type Page } from '../browser';
import { attempt } from '../lib/attempt';
import { parseJson } from '../lib/json';
import { SENDER } from '../recorder/sender-header';

/** A request of a program, such as curl. Nothing is added to it besides Host, Connection and a body's length. */
export interface ApiRequest {
  /** GET by default. */
  method?: string;
  /** Sent as `Authorization: Bearer …`. */
  token?: string | undefined;
  /** Pairs may name a header twice. */
  headers?: Record<string, string> | readonly (readonly [name: string, value: string])[];
  body?: string | Uint8Array | undefined;
  /** Sent as JSON, with its Content-Type. */
  json?: unknown;
}

/** The API's answer; as evidence it is the request that it answers. */
export interface ApiAnswer extends Page {
  method: string;
  /** The body as JSON; undefined when it is none. */
  json: unknown;
}

/** Sends one request. @param ms milliseconds until the answer must have arrived.
 * @throws NoAnswer when it does not. Error when the connection breaks. */
export function askApi(
  url: URL,
  { method = 'GET', token, headers = {}, json, body }: ApiRequest,
  { agent, ms }: { agent: http.Agent; ms: number },
): Promise<ApiAnswer> {
  const sent = json === undefined ? body : JSON.stringify(json);
  const given = Symbol.iterator in headers ? headers : Object.entries(headers);
  const all: (readonly [string, string])[] = [
    ['Host', url.host],
    // Recorded as what a person sends by hand; the recorder removes it.
    [SENDER, 'browser'],
    ...(token === undefined ? [] : [['Authorization', `Bearer ${token}`] as const]),
    ...(json === undefined ? [] : [['Content-Type', 'application/json'] as const]),
    ...(sent === undefined ? [] : [['Content-Length', String(Buffer.byteLength(sent))] as const]),
    ...given,
  ];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => request.destroy(new NoAnswer(method, url, ms)), ms);
    const request = http.request(url, { method, agent, headers: all.flat() }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        const status = response.statusCode ?? 0;
        resolve({
          method,
          url,
          status,
          headers: response.headers,
          body: text,
          json: attempt(() => parseJson(text)),
          hops: [{ method, url: url.href, status }],
        });
      });
    });
    request.on('close', () => clearTimeout(timer));
    request.on('error', reject);
    request.end(sent);
  });
}
