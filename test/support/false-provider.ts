import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export interface FalseProvider {
  origin: string;
  /** What its next ID token says otherwise, or by which other key it is signed. */
  lie: { claims?: JWTPayload; key?: 'another'; noToken?: true };
  close(): Promise<void>;
}

/** An OpenID provider that gives a code at once and any ID token that a test wants. */
export async function startFalseProvider(): Promise<FalseProvider> {
  const [right, another] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
  const jwk = { ...(await exportJWK(right.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' };
  const nonces = new Map<string, string>();
  const server = http.createServer(async (req, res) => {
    const url = new URL(req.url ?? '/', self.origin);
    const json = (body: unknown) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (url.pathname === '/.well-known/openid-configuration')
      return json({
        issuer: self.origin,
        authorization_endpoint: `${self.origin}/auth`,
        token_endpoint: `${self.origin}/token`,
        jwks_uri: `${self.origin}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
    if (url.pathname === '/jwks') return json({ keys: [jwk] });
    if (url.pathname === '/auth') {
      const code = String(nonces.size);
      nonces.set(code, url.searchParams.get('nonce') ?? '');
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.search = String(new URLSearchParams({ code, state: url.searchParams.get('state') ?? '' }));
      return res.writeHead(303, { location: back.href }).end();
    }
    let body = '';
    for await (const chunk of req) body += chunk;
    const code = new URLSearchParams(body).get('code') ?? '';
    const { claims, key, noToken } = self.lie;
    const now = Math.floor(Date.now() / 1000);
    const id_token = await new SignJWT({
      iss: self.origin,
      aud: 'the-tenant',
      sub: 'mallory',
      iat: now,
      exp: now + 600,
      nonce: nonces.get(code),
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .sign((key ? another : right).privateKey);
    return json({ access_token: 'x', token_type: 'Bearer', ...(noToken ? {} : { id_token }) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const self: FalseProvider = {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    lie: {},
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return self;
}
