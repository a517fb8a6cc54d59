import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { PageError, again } from './page-error';

const env = process.env as Record<string, string>;
export const issuer = env.ISSUER_BASE_URL;

export class TenantError extends Error {
  constructor(public readonly code: string) {
    super(`the tenant says ${code}`);
  }
}

async function load(url: string, init: RequestInit = {}): Promise<Record<string, any>> {
  let res: Response;
  let data: any;
  try {
    res = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(5000) });
    data = await res.json();
  } catch {
    throw new PageError(503, 'The tenant is not available', 'It does not answer. Please try again later.');
  }
  if (res.status >= 500) throw new PageError(503, 'The tenant is not available', 'It has a problem. Please try again later.');
  if (!res.ok) throw new TenantError(String(data?.error));
  return data;
}

let found: Record<string, any> | undefined;
let keySet: ReturnType<typeof createRemoteJWKSet>;

export async function wellKnown(): Promise<Record<string, any>> {
  if (!found) {
    const data = await load(new URL('.well-known/openid-configuration', issuer).href).catch((error) => {
      throw error instanceof TenantError ? new PageError(503, 'The tenant is not available', 'Please try again later.') : error;
    });
    if (data.issuer !== issuer) throw new PageError(502, 'The tenant is another one', 'Its issuer is not the one of the settings.');
    keySet = createRemoteJWKSet(new URL(data.jwks_uri), { cooldownDuration: 0, timeoutDuration: 5000 });
    found = data;
  }
  return found;
}

export async function tokenRequest(params: Record<string, string>): Promise<Record<string, any>> {
  const { token_endpoint } = await wellKnown();
  const body = new URLSearchParams({ ...params, client_id: env.CLIENT_ID, client_secret: env.CLIENT_SECRET });
  const answer = await load(token_endpoint, { method: 'POST', body });
  if (typeof answer.access_token !== 'string') throw new PageError(502, 'The login failed', 'The tenant sent no access token.', again);
  return answer;
}

export type Claims = JWTPayload & { sub: string };

export async function idTokenClaims(idToken: unknown): Promise<Claims> {
  await wellKnown();
  try {
    const { payload } = await jwtVerify(String(idToken), keySet, {
      issuer,
      audience: env.CLIENT_ID,
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'iat', 'sub'],
      maxTokenAge: 600,
      clockTolerance: 2,
    });
    const others = Array.isArray(payload.aud) && payload.aud.length > 1;
    if ((others || 'azp' in payload) && payload.azp !== env.CLIENT_ID) throw new Error('azp');
    if (!payload.sub) throw new Error('sub');
    return payload as Claims;
  } catch (error) {
    console.error('ID token:', (error as Error).message);
    throw new PageError(502, 'The login failed', 'The ID token is not one that we can trust.', again);
  }
}
