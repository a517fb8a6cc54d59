import { createRemoteJWKSet, jwtVerify } from 'jose';
import { Oops } from './html';

export const ISSUER = process.env.ISSUER_BASE_URL!;
let known: any;

/** What the tenant says of itself; asked once, and again after a failure. */
export async function issuer() {
  if (known) return known;
  const res = await fetch(new URL('.well-known/openid-configuration', ISSUER), { signal: AbortSignal.timeout(5000), redirect: 'error' })
    .catch(() => { throw new Oops(503, 'The log-in service does not answer. Please try later.'); });
  if (!res.ok) throw new Oops(503, 'The log-in service is out of order. Please try later.');
  const metadata: any = await res.json().catch(() => ({}));
  if (metadata.issuer !== ISSUER) throw new Oops(502, 'The log-in service is not the one expected.');
  return (known = { ...metadata, keys: createRemoteJWKSet(new URL(metadata.jwks_uri)) });
}

/** A request to the token endpoint. Resolves to { ok, body }. */
export async function askForTokens(fields: Record<string, string>) {
  const { token_endpoint } = await issuer();
  let res: Response;
  try {
    res = await fetch(token_endpoint, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: new URLSearchParams({ ...fields, client_id: process.env.CLIENT_ID!, client_secret: process.env.CLIENT_SECRET! }),
      signal: AbortSignal.timeout(5000),
      redirect: 'error',
    });
  } catch {
    throw new Oops(503, 'The log-in service does not answer. Please try later.');
  }
  const body: any = await res.json().catch(() => ({}));
  if (res.status >= 500) throw new Oops(503, 'The log-in service is out of order. Please try later.');
  return { ok: res.ok, body };
}

/** Who is it? Checks the JWT and gives its claims. */
export async function readUser(token: string) {
  const { keys } = await issuer();
  const { payload } = await jwtVerify(token, keys, {
    issuer: ISSUER,
    audience: process.env.AUDIENCE!,
    algorithms: ['RS256', 'PS256', 'ES256'],
    requiredClaims: ['sub', 'iat', 'exp'],
    clockTolerance: 5,
  });
  if (payload.azp !== undefined && payload.azp !== process.env.CLIENT_ID) throw new Error('azp');
  return payload;
}
