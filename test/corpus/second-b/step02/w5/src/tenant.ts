import axios, { isAxiosError } from 'axios';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import { Page } from './render';
import type { TokenSet } from './session';

const { ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET } = process.env as Record<string, string>;
export const ISSUER = ISSUER_BASE_URL;

interface Discovery {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  jwks_uri: string;
  end_session_endpoint?: string;
  authorization_response_iss_parameter_supported?: boolean;
}

const http = axios.create({ timeout: 5000, maxRedirects: 0, proxy: false });
const down = () => new Page(503, 'The tenant does not answer', 'Logging in is not possible now. Please try again later.');

/** The tenant said no, and why. */
export class Refusal extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

let discovery: Discovery | undefined;
let keys: ReturnType<typeof createRemoteJWKSet> | undefined;

export async function discover(): Promise<Discovery> {
  if (discovery) return discovery;
  const { data } = await http.get<Discovery>(`${ISSUER}.well-known/openid-configuration`).catch(() => {
    throw down();
  });
  if (data?.issuer !== ISSUER) throw new Page(502, 'Another tenant', 'The tenant calls itself by another name.');
  keys = createRemoteJWKSet(new URL(data.jwks_uri), { cooldownDuration: 0 });
  discovery = data;
  return data;
}

export async function tokenEndpoint(fields: Record<string, string>): Promise<Record<string, any>> {
  const { token_endpoint } = await discover();
  try {
    const { data } = await http.post(token_endpoint, new URLSearchParams({ ...fields, client_id: CLIENT_ID, client_secret: CLIENT_SECRET }));
    if (typeof data?.access_token !== 'string') throw down();
    return data;
  } catch (error) {
    if (isAxiosError(error) && error.response && error.response.status >= 400 && error.response.status < 500) {
      throw new Refusal(String(error.response.data?.error ?? 'unknown'));
    }
    throw down();
  }
}

export async function readIdToken(idToken: unknown): Promise<JWTPayload & { sub: string }> {
  await discover();
  try {
    const { payload } = await jwtVerify(String(idToken), keys!, {
      issuer: ISSUER,
      audience: CLIENT_ID,
      algorithms: ['RS256'],
      requiredClaims: ['sub', 'exp', 'iat'],
      maxTokenAge: '15m',
    });
    const { azp, aud, sub } = payload;
    if (azp === undefined ? Array.isArray(aud) && aud.length > 1 : azp !== CLIENT_ID) throw new errors.JWTClaimValidationFailed('azp', payload, 'azp');
    if (typeof sub !== 'string' || sub === '') throw new errors.JWTClaimValidationFailed('sub', payload, 'sub');
    return payload as JWTPayload & { sub: string };
  } catch (error) {
    console.error(`ID token refused: ${(error as Error).message}`);
    throw new Page(502, 'The log-in failed', 'The ID token of the tenant is not right.', '/login', 'Log in again');
  }
}

export function tokenSet(data: Record<string, any>, previous?: TokenSet): TokenSet {
  const now = Date.now();
  const lifetime = data.expires_in === undefined ? Infinity : data.expires_in * 1000;
  return {
    access_token: data.access_token,
    refresh_token: data.refresh_token ?? previous?.refresh_token,
    id_token: data.id_token ?? previous?.id_token,
    scope: data.scope ?? previous?.scope,
    issued: previous?.issued ?? now,
    refreshed: previous ? now : undefined,
    end: now + lifetime,
    renewal: now + lifetime - Math.min(30_000, lifetime / 10),
  };
}
