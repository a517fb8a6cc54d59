import { createHash, randomBytes } from 'node:crypto';
import type { Tenant } from '../../shared/tenant';
import { patientBrowser } from './patient-browser';
import { ANN } from './workshop';

export const AUDIENCE = 'https://appointments.example/api';
export const CALLBACK = 'http://localhost:3000/callback';

/** An answer of the token endpoint. */
export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, string | undefined>;
}

/** An application that does the Authorization Code Flow by hand, so that a test can send anything. */
export class Client {
  readonly verifier = randomBytes(32).toString('base64url');

  constructor(
    readonly tenant: Tenant,
    readonly browser = patientBrowser(),
  ) {}

  /** The address of an authorization request; a parameter that is undefined is left out. */
  authorizeUrl(parameters: Record<string, string | undefined> = {}): URL {
    const all = {
      client_id: this.tenant.settings().CLIENT_ID,
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid profile email offline_access read:appointments',
      audience: AUDIENCE,
      state: 'the-state',
      nonce: 'the-nonce',
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...parameters,
    };
    const url = new URL('/authorize', this.tenant.origin);
    for (const [name, value] of Object.entries(all))
      if (value !== undefined) url.searchParams.set(name, value);
    return url;
  }

  /** Logs a user in and returns the callback's address, or the page where the login stopped. */
  async callback(
    parameters: Record<string, string | undefined> = {},
    user: { email: string; password: string } = ANN,
  ): Promise<URL> {
    const { origin } = this.tenant;
    const first = await this.browser.get(this.authorizeUrl(parameters), { within: origin });
    const page = first.headers.location ? first : await this.browser.logIn(first, user, 'accept', origin);
    if (!page.headers.location)
      throw new Error(
        `the login stopped at ${page.url.href} with ${page.status}: ${page.body.slice(0, 300)}`,
      );
    return new URL(page.headers.location, origin);
  }

  /** Where prompt=none leads: whether this browser is logged in at the tenant. */
  async callbackSilently(): Promise<URL> {
    const page = await this.browser.get(this.authorizeUrl({ prompt: 'none', scope: 'openid' }), {
      follow: false,
    });
    return new URL(page.headers.location ?? '', this.tenant.origin);
  }

  /** A whole login: what the token endpoint gave for the code. */
  async logIn(parameters: Record<string, string | undefined> = {}): Promise<Answer['body']> {
    const url = await this.callback(parameters);
    const { status, body } = await this.redeem(url.searchParams.get('code') ?? '');
    if (status !== 200) throw new Error(`the code was refused: ${JSON.stringify(body)} at ${url.href}`);
    return body;
  }

  redeem(code: string, parameters: Record<string, string | undefined> = {}): Promise<Answer> {
    return this.token({
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: this.verifier,
      ...parameters,
    });
  }

  refresh(
    refresh_token: string | undefined,
    parameters: Record<string, string | undefined> = {},
  ): Promise<Answer> {
    return this.token({ grant_type: 'refresh_token', refresh_token, ...parameters });
  }

  async token(
    parameters: Record<string, string | undefined>,
    init: { json?: boolean; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const { CLIENT_ID, CLIENT_SECRET } = this.tenant.settings();
    const all = Object.entries({ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, ...parameters }).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    );
    const response = await fetch(new URL('/oauth/token', this.tenant.origin), {
      method: 'POST',
      headers: { ...(init.json ? { 'content-type': 'application/json' } : {}), ...init.headers },
      body: init.json ? JSON.stringify(Object.fromEntries(all)) : new URLSearchParams(all),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
  }

  close(): void {
    this.browser.close();
  }
}

/** A JWT's header and payload, unverified. */
export function decode(jwt: string | undefined): {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
} {
  const [header = '', payload = ''] = (jwt ?? '')
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString());
  return { header: JSON.parse(header), payload: JSON.parse(payload) };
}
