import { createHash, randomBytes } from 'node:crypto';
import { type JWTPayload, createRemoteJWKSet, jwtVerify } from 'jose';
import { Stop } from './html';

const { ISSUER_BASE_URL = '', BASE_URL = '', CLIENT_ID = '', CLIENT_SECRET = '', AUDIENCE = '' } = process.env;

export interface Key {
  access_token: string;
  scope: string;
  from: number;
  until: number;
}
export const SCOPE = [
  'openid profile email',
].join(' ');

let metadata: Record<string, any> | undefined;
let jwks: ReturnType<typeof createRemoteJWKSet>;

export async function metadataOfTenant() {
  if (metadata) return metadata;
  try {
    const response = await fetch(`${ISSUER_BASE_URL}.well-known/openid-configuration`, { signal: AbortSignal.timeout(7000) });
    const found: any = await response.json();
    if (!response.ok || found.issuer !== ISSUER_BASE_URL) throw new Error('no discovery document of ours');
    jwks = createRemoteJWKSet(new URL(found.jwks_uri), { cooldownDuration: 1000, timeoutDuration: 7000 });
    metadata = found;
    return found as Record<string, any>;
  } catch (error) {
    console.error(error);
    throw new Stop(503, 'Nobody can log in now', 'The tenant does not answer. Try again in a while.', ['/', 'Start']);
  }
}

export const bytes = () => randomBytes(32).toString('base64url');
export const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');

export async function authorize(state: string, nonce: string, verifier: string) {
  const { authorization_endpoint } = await metadataOfTenant();
  const query = {
    response_type: 'code', client_id: CLIENT_ID, redirect_uri: BASE_URL + '/callback', audience: AUDIENCE, scope: SCOPE,
    state, nonce, code_challenge: sha256(verifier), code_challenge_method: 'S256',
  };
  return `${authorization_endpoint}?${new URLSearchParams(query)}`;
}

/** [what the tenant said, or null; the OAuth error, if it named one] */
export async function post(fields: Record<string, string>): Promise<[any, string?]> {
  const { token_endpoint } = await metadataOfTenant();
  try {
    const response = await fetch(token_endpoint, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
      body: new URLSearchParams({ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, ...fields }).toString(),
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    });
    const json: any = await response.json();
    if (!response.ok) return [null, response.status < 500 ? String(json?.error) : undefined];
    if (typeof json.access_token !== 'string' || !/^bearer$/i.test(json.token_type)) return [null];
    return [json];
  } catch (error) {
    console.error(error);
    return [null];
  }
}

/** The claims, or null if anything is wrong with the token. */
export async function claimsOf(token: unknown): Promise<JWTPayload | null> {
  if (typeof token !== 'string') return null;
  try {
    await metadataOfTenant();
    const { payload } = await jwtVerify(token, jwks, { issuer: ISSUER_BASE_URL, audience: CLIENT_ID, algorithms: ['RS256'], requiredClaims: ['exp', 'iat', 'sub'] });
    const others = [payload.aud].flat().some((aud) => aud !== CLIENT_ID) || (payload.azp ?? CLIENT_ID) !== CLIENT_ID;
    return others || typeof payload.sub !== 'string' || payload.sub === '' ? null : payload;
  } catch (error) {
    console.error(error);
    return null;
  }
}

export function keyFrom(json: any, before?: Key): Key {
  const now = Date.now();
  const ms = 1000 * (Number(json.expires_in) || 3600);
  return {
    access_token: json.access_token,
    scope: json.scope ?? before?.scope ?? SCOPE,
    from: before?.from ?? now,
    until: now + ms,
  };
}
