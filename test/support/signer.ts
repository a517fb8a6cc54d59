import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';

/** An issuer with discovery and JWKS on loopback, whose every answer a test can change. */
export interface Signer {
  issuer: string;
  /** How often the JWKS was read. */
  fetches(): number;
  /** Milliseconds are not needed: an `exp` an hour ahead unless the test says otherwise. */
  sign(
    payload?: JWTPayload & Record<string, unknown>,
    header?: Partial<JWTHeaderParameters> & Record<string, unknown>,
  ): Promise<string>;
  /**
   * Makes a new key the only one.
   *
   * @param kid its name; one that was never used by default.
   */
  rotate(kid?: string): Promise<void>;
  down(isDown: boolean): void;
  close(): Promise<void>;
}

export async function startSigner(audience: string): Promise<Signer> {
  let key = await newKey('k1');
  let fetches = 0;
  let isDown = false;
  const server = http.createServer((req, res) => {
    if (isDown) return res.destroy();
    res.setHeader('content-type', 'application/json');
    if (req.url === '/jwks') {
      fetches++;
      return res.end(JSON.stringify({ keys: [key.jwk] }));
    }
    res.end(JSON.stringify({ issuer: issuer(), jwks_uri: `${issuer()}jwks` }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = () => `http://localhost:${(server.address() as AddressInfo).port}/`;
  return {
    issuer: issuer(),
    fetches: () => fetches,
    sign: (payload = {}, header = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: issuer(),
        sub: 'auth0|1',
        aud: audience,
        iat: now,
        exp: now + 3600,
        scope: 'read:appointments',
        ...payload,
      };
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.kid, ...header })
        .sign(key.privateKey);
    },
    rotate: async (kid = `k${fetches}-${Math.floor(Math.random() * 1e9)}`) => {
      key = await newKey(kid);
    },
    down: (value) => {
      isDown = value;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function newKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}
