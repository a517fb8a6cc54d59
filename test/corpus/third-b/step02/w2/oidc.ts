import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { HttpError } from './exceptions';
import { OIDC, SITE } from './settings';
import type { LoginRequest } from './middleware';

const AGAIN = ['/login', 'Log in'] as const;
interface Provider { issuer: string; authorization_endpoint: string; token_endpoint: string; jwks_uri: string; end_session_endpoint?: string; authorization_response_iss_parameter_supported?: boolean }
let provider: (Provider & { keys: ReturnType<typeof createRemoteJWKSet> }) | undefined;

export async function discover() {
  if (provider) return provider;
  try {
    const answer = await fetch(new URL('.well-known/openid-configuration', OIDC.issuer), { signal: AbortSignal.timeout(8000) });
    if (!answer.ok) throw new Error(`discovery: ${answer.status}`);
    const found = (await answer.json()) as Provider;
    if (found.issuer !== OIDC.issuer) throw new Error(`discovery: another issuer, ${found.issuer}`);
    provider = { ...found, keys: createRemoteJWKSet(new URL(found.jwks_uri), { timeoutDuration: 8000, cooldownDuration: 2000 }) };
    return provider;
  } catch (error) {
    console.error(error);
    throw new HttpError(503, 'No login now', 'The login service does not answer. Please try again in a minute.', ['/', 'Home']);
  }
}

const random = () => randomBytes(32).toString('base64url');
const challenge = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');

export async function authorizationUrl(next: string): Promise<[state: string, login: LoginRequest, url: string]> {
  const { authorization_endpoint } = await discover();
  const state = random();
  const login = { nonce: random(), verifier: random(), next };
  const url = new URL(authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: OIDC.client,
    redirect_uri: `${SITE}/callback`,
    scope: OIDC.scope,
    audience: OIDC.audience,
    state,
    nonce: login.nonce,
    code_challenge: challenge(login.verifier),
    code_challenge_method: 'S256',
  }).toString();
  return [state, login, url.href];
}

export interface Answer { access_token: string; id_token?: string; refresh_token?: string; scope?: string; expires_in?: number }
export class InvalidGrant extends Error {}

export async function tokenRequest(parameters: Record<string, string>): Promise<Answer> {
  const { token_endpoint } = await discover();
  const answer = await fetch(token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({ ...parameters, client_id: OIDC.client, client_secret: OIDC.secret }),
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
  });
  const body: any = await answer.json();
  if (answer.status >= 400 && answer.status < 500 && body?.error === 'invalid_grant') throw new InvalidGrant(body.error_description);
  if (!answer.ok) throw new Error(`token endpoint: ${answer.status} ${body?.error}`);
  if (typeof body?.access_token !== 'string' || String(body.token_type).toLowerCase() !== 'bearer') throw new Error('token endpoint: no bearer token');
  return body;
}

export async function verifyIdToken(token: string) {
  const { keys, issuer } = await discover();
  const { payload } = await jwtVerify(token, keys, {
    issuer,
    audience: OIDC.client,
    algorithms: ['RS256'],
    requiredClaims: ['sub', 'exp', 'iat'],
  });
  if ([payload.aud].flat().length !== 1 || (payload.azp !== undefined && payload.azp !== OIDC.client)) throw new Error('ID token: for others, too');
  if (typeof payload.sub !== 'string' || !payload.sub) throw new Error('ID token: no sub');
  return payload;
}

/** The second half of the login: from the query of the callback to the tokens and the user. */
export async function complete(query: Record<string, unknown>, login: LoginRequest) {
  const { issuer, authorization_response_iss_parameter_supported: namesItself } = await discover();
  if (query.iss === undefined ? namesItself : query.iss !== issuer) throw new HttpError(400, 'The login failed', 'The answer came from somebody else.', AGAIN);
  if (query.error !== undefined) throw new HttpError(400, 'You are not logged in', 'The login was declined.', AGAIN);
  if (typeof query.code !== 'string') throw new HttpError(400, 'The login failed', 'There is no code.', AGAIN);
  try {
    const answer = await tokenRequest({
      grant_type: 'authorization_code',
      code: query.code,
      redirect_uri: `${SITE}/callback`,
      code_verifier: login.verifier,
    });
    if (!answer.id_token) throw new Error('no ID token');
    const claims = await verifyIdToken(answer.id_token);
    if (claims.nonce && claims.nonce !== login.nonce) throw new Error('ID token: another nonce');
    return { answer, claims };
  } catch (error) {
    if (error instanceof HttpError) throw error;
    console.error(error);
    throw new HttpError(502, 'The login failed', 'The login service did not answer as it should.', AGAIN);
  }
}
