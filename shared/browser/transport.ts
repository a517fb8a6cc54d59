import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Answer } from './types';

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

export interface Agents {
  http: http.Agent;
  https: https.Agent;
}

/** Bytes of headers that Chromium accepts; the default of Node.js is a sixteenth. */
const MOST_OF_HEADERS = 256 * 1024;

/** `res` is set when the answer begins, and is missing in the types. */
type ClientRequest = http.ClientRequest & { res?: http.IncomingMessage | null };

/** Every name under localhost is this machine, whatever the system resolves (RFC 6761, section 6.3). */
const lookup: LookupFunction = (_hostname, { all }, done) =>
  all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);

/** Sends one request. @param ms milliseconds until the answer must arrive. @throws NoAnswer when it does not. */
export function send(
  agents: Agents,
  method: string,
  url: URL,
  headers: Record<string, string>,
  body: string | undefined,
  ms: number,
): Promise<Answer> {
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
    const options = {
      method,
      headers,
      maxHeaderSize: MOST_OF_HEADERS,
      ...(url.hostname.endsWith('.localhost') && { lookup }),
    };
    const request: ClientRequest =
      url.protocol === 'https:'
        ? https.request(url, { ...options, agent: agents.https }, answered)
        : http.request(url, { ...options, agent: agents.http }, answered);
    request.on('close', () => clearTimeout(timer));
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (!closedWhileIdle(request, error)) return reject(error);
      clearTimeout(timer);
      send(agents, method, url, headers, body, ms).then(resolve, reject);
    });
    request.end(body);
  });
}

/** Whether a server closed a persistent connection just as this request was sent. Browsers repeat such a request on a new
 * connection (RFC 9112, section 9.3.1). */
function closedWhileIdle({ reusedSocket, res }: ClientRequest, { code }: NodeJS.ErrnoException): boolean {
  return reusedSocket && !res && (code === 'ECONNRESET' || code === 'EPIPE');
}
