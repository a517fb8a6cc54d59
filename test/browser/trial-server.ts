import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Trial } from './trial';

/** The headers by which a server knows where a request comes from, and what it carries. */
const COMPARED = [
  'cookie',
  'origin',
  'referer',
  'content-type',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
  'sec-fetch-user',
  'upgrade-insecure-requests',
];

/** What a server got, in lines that can be compared: without the port, and without the random part of a boundary. */
export class TrialServer {
  readonly #server: http.Server;
  #got: string[] = [];
  #answers: Trial['answers'] = {};

  private constructor() {
    this.#server = http.createServer((req, res) => void this.#answer(req, res));
  }

  static async start(): Promise<TrialServer> {
    const one = new TrialServer();
    one.#server.listen(0, '127.0.0.1');
    await once(one.#server, 'listening');
    return one;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The requests of one trial, in their order. */
  async during(trial: Trial, work: () => Promise<void>): Promise<string[]> {
    this.#got = [];
    this.#answers = trial.answers;
    await work();
    return this.#got;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
    const { pathname } = new URL(req.url ?? '/', 'http://localhost');
    if (pathname === '/favicon.ico') return void res.writeHead(404).end();
    const body = Buffer.concat(await req.toArray()).toString();
    this.#got.push(this.#line(req, body));
    const answer = this.#answers[pathname];
    if (answer) return answer(req, res);
    res.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>end</title>the end');
  }

  #line(req: http.IncomingMessage, body: string): string {
    const boundary = /boundary=(\S+)/.exec(req.headers['content-type'] ?? '')?.[1];
    const plain = (text: string) =>
      text
        .replaceAll(`:${this.port}`, ':PORT')
        .replaceAll(boundary ?? '\0', 'BOUNDARY')
        .replace(/(.)\1{50,}/g, (run, one: string) => `${one}{${run.length}}`);
    const headers = COMPARED.flatMap((name) => {
      const value = req.headers[name];
      return value === undefined ? [] : [`  ${name}: ${plain(String(value))}`];
    });
    const first = `${req.method} ${plain(String(req.headers.host))}${req.url}`;
    return [first, ...headers, ...(body ? [JSON.stringify(plain(body))] : [])].join('\n');
  }
}
