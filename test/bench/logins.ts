import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';

/** Who logs in where. */
export interface Target {
  port: number;
  audience: string;
  callback: string;
  email: string;
  password: string;
}

/** Milliseconds after which a request hangs: nothing on a busy machine takes that long. */
const PATIENCE = 300_000;

interface Reply {
  status: number;
  location: string | undefined;
  body: string;
}

/**
 * A lean user agent and application in one: the figures must be the server's, and a whole browser would cost as much
 * as what is measured. One of it does one thing at a time.
 */
export class Worker {
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  #cookies = new Map<string, string>();

  constructor(private readonly target: Target) {}

  /** A whole login of a browser that was never seen: login page, consent page, code, tokens. Returns the refresh token. */
  async logIn(): Promise<string> {
    const { audience, callback, email, password } = this.target;
    this.#cookies = new Map();
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      client_id: 'bench',
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid profile email offline_access read:appointments',
      audience,
      state: randomBytes(16).toString('base64url'),
      nonce: randomBytes(16).toString('base64url'),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      prompt: 'consent',
    });
    let reply = await this.#get(`/authorize?${query}`);
    for (let i = 0; i < 12; i++) {
      const { location } = reply;
      if (location?.startsWith(callback)) {
        const code = new URL(location).searchParams.get('code') ?? '';
        return this.#tokens({
          grant_type: 'authorization_code',
          code,
          redirect_uri: callback,
          code_verifier: verifier,
        });
      }
      if (location !== undefined) {
        reply = await this.#get(location.replace(/^https?:\/\/[^/]+/, ''));
        continue;
      }
      const action = /<form[^>]* action="([^"]+)"/.exec(reply.body)?.[1];
      if (reply.status !== 200 || action === undefined)
        throw new Error(`the login stopped with ${reply.status}: ${reply.body.slice(0, 300)}`);
      const form: Record<string, string> = reply.body.includes('type="password"')
        ? { email, password }
        : { decision: 'accept' };
      reply = await this.#send('POST', action, new URLSearchParams(form).toString());
    }
    throw new Error('the login does not end');
  }

  /** One refresh; returns the next refresh token. */
  refresh(refresh_token: string): Promise<string> {
    return this.#tokens({ grant_type: 'refresh_token', refresh_token });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #tokens(parameters: Record<string, string>): Promise<string> {
    const form = new URLSearchParams({
      client_id: 'bench',
      client_secret: 'a-secret-for-the-benchmark',
      ...parameters,
    });
    const { status, body } = await this.#send('POST', '/oauth/token', form.toString());
    const { access_token, id_token, refresh_token } = JSON.parse(body) as Record<string, string | undefined>;
    if (status !== 200 || !access_token?.includes('.') || !id_token || !refresh_token)
      throw new Error(`no tokens: ${status} ${body}`);
    return refresh_token;
  }

  #get(path: string): Promise<Reply> {
    return this.#send('GET', path);
  }

  #send(method: string, path: string, body?: string): Promise<Reply> {
    const headers: Record<string, string> = {
      accept: 'text/html',
      cookie: [...this.#cookies].map((pair) => pair.join('=')).join('; '),
    };
    if (body !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded';
    return new Promise((resolve, reject) => {
      const options = {
        host: 'localhost',
        port: this.target.port,
        family: 4,
        path,
        method,
        headers,
        agent: this.#agent,
      };
      const request = http.request(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          for (const line of response.headers['set-cookie'] ?? []) {
            const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
            this.#cookies.set(name, value);
          }
          resolve({ status: response.statusCode ?? 0, location: response.headers.location, body: text });
        });
      });
      request.setTimeout(PATIENCE, () => request.destroy(new Error(`${method} ${path} hangs`)));
      request.on('error', reject);
      request.end(body);
    });
  }
}
