import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** How the token endpoint misbehaves next; undefined: not at all. */
export type Fault = 'status 500' | 'html' | 'hang' | 'reset' | 'empty error' | 'invalid_grant' | undefined;

/** A real OpenID provider on loopback, in which every answer can be made wrong. Who comes to /authorize is logged in at once. */
export interface FakeTenant {
  issuer: string;
  /** The form bodies that /oauth/token got. */
  tokenRequests: URLSearchParams[];
  /** The Authorization headers that /oauth/token got. */
  authorizations: (string | undefined)[];
  fault: Fault;
  /** What /oauth/token refuses every request with, if set. */
  refusal: Record<string, unknown> | undefined;
  /** Milliseconds that /oauth/token takes. */
  delay: number;
  /** Lets the next requests to /oauth/token wait until the function that it returns is called. */
  hold(): () => void;
  /** Seconds that access tokens live. */
  expiresIn: number;
  /** Changes the ID token's claims. */
  idToken: (claims: Record<string, unknown>) => Record<string, unknown> | undefined;
  /** Signs ID tokens with a key that is not published. */
  forgeSignature: boolean;
  /** Changes the token answer. */
  answer: (body: Record<string, unknown>) => Record<string, unknown>;
  /** Nothing answers any more, as when the machine is off. */
  down: boolean;
  /** Any refresh token is accepted once; using it again ends the family, as on a real tenant. */
  reset(): void;
  close(): Promise<void>;
}

export async function startFakeTenant(): Promise<FakeTenant> {
  const [real, forged] = await Promise.all([
    generateKeyPair('RS256', { extractable: true }),
    generateKeyPair('RS256', { extractable: true }),
  ]);
  const jwk = { ...(await exportJWK(real.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' };
  const codes = new Map<string, { nonce: string; used: boolean }>();
  const refreshTokens = new Map<string, { used: boolean; family: { dead: boolean } }>();
  let held: Promise<void> | undefined;
  const server = http.createServer((req, res) => void serve(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}/`;

  const fake: FakeTenant = {
    issuer,
    tokenRequests: [],
    authorizations: [],
    ...defaults(),
    hold: () => {
      let release = () => {};
      held = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    reset: () => {
      Object.assign(fake, defaults());
      held = undefined;
      fake.tokenRequests.length = 0;
      fake.authorizations.length = 0;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return fake;

  async function serve(req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
    if (fake.down) return void req.socket.destroy();
    const url = new URL(req.url ?? '/', issuer);
    if (url.pathname === '/.well-known/openid-configuration') return json(res, 200, metadata(issuer));
    if (url.pathname === '/jwks') return json(res, 200, { keys: [jwk] });
    if (url.pathname === '/authorize') return authorize(url, res);
    if (url.pathname === '/oauth/token') return token(req, res);
    json(res, 404, {});
  }

  function authorize({ searchParams }: URL, res: http.ServerResponse): void {
    const code = randomBytes(8).toString('hex');
    codes.set(code, { nonce: searchParams.get('nonce') ?? '', used: false });
    const back = new URL(searchParams.get('redirect_uri') ?? '');
    back.search = new URLSearchParams({
      code,
      state: searchParams.get('state') ?? '',
      iss: issuer,
    }).toString();
    res.writeHead(302, { location: back.href }).end();
  }

  async function token(req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of req) text += chunk;
    const form = new URLSearchParams(text);
    fake.tokenRequests.push(form);
    fake.authorizations.push(req.headers.authorization);
    await held;
    if (fake.delay > 0) await new Promise((resolve) => setTimeout(resolve, fake.delay));
    if (fake.fault === 'hang') return;
    if (fake.fault === 'reset') return void req.socket.destroy();
    if (fake.fault === 'html')
      return void res.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Maintenance</h1>');
    if (fake.fault === 'status 500') return json(res, 500, { error: 'server_error' });
    if (fake.fault === 'empty error') return void res.writeHead(400).end();
    if (fake.refusal) return json(res, 401, fake.refusal);
    if (fake.fault === 'invalid_grant') return json(res, 400, { error: 'invalid_grant' });
    if (form.get('grant_type') === 'authorization_code') {
      const code = codes.get(form.get('code') ?? '');
      if (!code || code.used) return json(res, 400, { error: 'invalid_grant' });
      code.used = true;
      return json(res, 200, await tokens(code.nonce, { dead: false }));
    }
    const old = refreshTokens.get(form.get('refresh_token') ?? '');
    if (!old || old.used || old.family.dead) {
      if (old) old.family.dead = true;
      return json(res, 400, { error: 'invalid_grant' });
    }
    old.used = true;
    json(res, 200, await tokens(undefined, old.family));
  }

  async function tokens(
    nonce: string | undefined,
    family: { dead: boolean },
  ): Promise<Record<string, unknown>> {
    const now = Math.floor(Date.now() / 1000);
    const claims = fake.idToken({
      iss: issuer,
      sub: 'user|1',
      aud: 'app',
      iat: now,
      exp: now + 600,
      name: 'Ann Archer',
      email: 'ann@example.com',
      ...(nonce ? { nonce } : {}),
    });
    const refresh_token = randomBytes(16).toString('hex');
    refreshTokens.set(refresh_token, { used: false, family });
    const key = fake.forgeSignature ? forged.privateKey : real.privateKey;
    return fake.answer({
      access_token: `secret-access-token-${randomBytes(8).toString('hex')}`,
      token_type: 'Bearer',
      expires_in: fake.expiresIn,
      refresh_token,
      scope: 'openid profile email offline_access read:appointments',
      ...(claims
        ? { id_token: await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(key) }
        : {}),
    });
  }
}

const defaults = () => ({
  fault: undefined as Fault,
  refusal: undefined as Record<string, unknown> | undefined,
  delay: 0,
  expiresIn: 3600,
  idToken: (claims: Record<string, unknown>) => claims,
  forgeSignature: false,
  answer: (body: Record<string, unknown>) => body,
  down: false,
});

const metadata = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}authorize`,
  token_endpoint: `${issuer}oauth/token`,
  jwks_uri: `${issuer}jwks`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
});

function json(res: http.ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
