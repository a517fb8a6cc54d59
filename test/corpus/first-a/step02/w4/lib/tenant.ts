import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import { config } from './config';
import { loginOops } from './oops';

export interface Metadata {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  jwks_uri: string;
  end_session_endpoint?: string;
  authorization_response_iss_parameter_supported?: boolean;
}

export interface TokenAnswer {
  access_token: string;
  id_token?: string;
  refresh_token?: string;
  scope?: string;
  expires_in?: number;
}

export class OAuthRefusal extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

const away = (error: unknown) => {
  console.error('tenant', error);
  return loginOops(503, 'The tenant is not there', 'Nobody can log in just now. Please try again soon.');
};

let metadata: Metadata | undefined;
let keys: ReturnType<typeof createRemoteJWKSet>;

export async function discover(): Promise<Metadata> {
  if (!metadata) {
    let found: Metadata;
    try {
      const response = await fetch(config.issuer + '.well-known/openid-configuration', { redirect: 'error', signal: AbortSignal.timeout(4000) });
      found = await response.json();
    } catch (error) {
      throw away(error);
    }
    if (found.issuer !== config.issuer) throw away(new Error('The metadata are of ' + found.issuer));
    keys = createRemoteJWKSet(new URL(found.jwks_uri), { cooldownDuration: 0 });
    metadata = found;
  }
  return metadata;
}

/** A request to /oauth/token, with the secret in its body. */
export async function tokenEndpoint(form: Record<string, string>): Promise<TokenAnswer> {
  const { token_endpoint } = await discover();
  let status = 0;
  let answer: any;
  try {
    const response = await fetch(token_endpoint, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(4000),
      body: new URLSearchParams({ ...form, client_id: config.client.id, client_secret: config.client.secret }),
    });
    status = response.status;
    answer = await response.json();
  } catch (error) {
    throw away(error);
  }
  if (status === 200 && typeof answer.access_token === 'string') return answer;
  if (status < 500 && typeof answer?.error === 'string') throw new OAuthRefusal(answer.error);
  throw away(new Error(`status ${status}`));
}

export async function verifyIdToken(idToken: string, nonce?: string): Promise<JWTPayload & { sub: string }> {
  const { issuer } = await discover();
  try {
    const { payload } = await jwtVerify<{ sub: string }>(idToken, keys, {
      issuer,
      audience: config.client.id,
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'iat', 'sub'],
      clockTolerance: '5s',
    });
    if (nonce !== undefined && payload.nonce !== nonce) throw new errors.JWTInvalid('another nonce');
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError && error.code !== 'ERR_JWKS_TIMEOUT' && error.code !== 'ERR_JOSE_GENERIC') {
      console.error('ID token', error);
      throw loginOops(502, 'The log-in failed', 'The ID token is not right.');
    }
    throw away(error);
  }
}

export async function logoutAddress(): Promise<string> {
  const found = await discover().catch(() => undefined);
  if (!found) return '/';
  const home = config.base + '/';
  if (!found.end_session_endpoint) return `${config.issuer}v2/logout?` + new URLSearchParams({ client_id: config.client.id, returnTo: home });
  const url = new URL(found.end_session_endpoint);
  url.searchParams.set('client_id', config.client.id);
  url.searchParams.set('post_logout_redirect_uri', home);
  return url.href;
}
