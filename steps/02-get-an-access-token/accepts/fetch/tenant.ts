import { createHash } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { Problem } from './pages';
import { scope } from './scope';
import { random, type Session } from './sessions';

const {
  BASE_URL = 'http://localhost:3000',
  ISSUER_BASE_URL = '',
  CLIENT_ID = '',
  CLIENT_SECRET = '',
  AUDIENCE = '',
} = process.env;
const redirect_uri = `${BASE_URL}/callback`;

interface Metadata {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  jwks_uri: string;
}

/** An answer of the token endpoint (RFC 6749, section 5). */
export interface TokenAnswer {
  access_token: string;
  expires_in: number;
  id_token?: string;
  refresh_token?: string;
}

/** The token endpoint refused, with the error's code. */
export class Refused extends Error {
  constructor(readonly code: string) {
    super(`the tenant refused: ${code}`);
  }
}

let known: Promise<Metadata & { keys: ReturnType<typeof createRemoteJWKSet> }> | undefined;

function tenant() {
  known ??= (async () => {
    const base = ISSUER_BASE_URL.replace(/\/$/, '');
    const response = await fetch(`${base}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(3000),
    });
    const metadata = (await response.json()) as Metadata;
    // OpenID Connect Discovery 1.0, section 4.3.
    if (metadata.issuer.replace(/\/$/, '') !== base) throw new Error('the metadata is of another tenant');
    return { ...metadata, keys: createRemoteJWKSet(new URL(metadata.jwks_uri)) };
  })().catch((error) => {
    known = undefined;
    throw error;
  });
  return known;
}

/** @returns where the browser goes to log in. */
export async function begin(session: Session): Promise<string> {
  const { authorization_endpoint } = await tenant();
  const [state, nonce, verifier] = [random(), random(), random()];
  session.logins.set(state, { nonce, verifier });
  const url = new URL(authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri,
    audience: AUDIENCE,
    scope,
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  return url.href;
}

/** Finishes the login that this browser began with the state that comes back. */
export async function finish(session: Session, query: URLSearchParams) {
  const state = query.get('state') ?? '';
  const login = session.logins.get(state);
  session.logins.delete(state);
  if (!login) throw new Problem(400, 'This login was not begun here, or is over.');
  const { issuer, keys } = await tenant();
  // RFC 9207: an answer of another tenant is none of ours.
  if (query.has('iss') && query.get('iss') !== issuer)
    throw new Problem(400, 'This answer comes from elsewhere.');
  const error = query.get('error');
  if (error) throw new Problem(403, `You are not logged in: ${query.get('error_description') ?? error}`);
  const answer = await askForTokens({
    grant_type: 'authorization_code',
    code: query.get('code') ?? '',
    redirect_uri,
    code_verifier: login.verifier,
  }).catch((refusal: unknown) => {
    throw refusal instanceof Refused ? new Problem(400, 'This login cannot be finished.') : refusal;
  });
  const requiredClaims = ['sub', 'exp', 'iat'];
  const options = { issuer, audience: CLIENT_ID, requiredClaims };
  const { payload } = await jwtVerify(answer.id_token ?? '', keys, options);
  // jose also takes a token that is for another application too (OpenID Connect Core 3.1.3.7).
  if ([payload.aud].flat().length > 1) throw new Problem(400, 'This login is for another application.');
  if (payload.nonce !== login.nonce) throw new Problem(400, 'This login belongs to another browser.');
  return { user: { name: String(payload.name), email: String(payload.email) }, answer };
}

/** @param within milliseconds. @throws Refused with the code of the error. */
export async function askForTokens(parameters: Record<string, string>, within = 3000): Promise<TokenAnswer> {
  const { token_endpoint } = await tenant();
  const response = await fetch(token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({ ...parameters, client_id: CLIENT_ID, client_secret: CLIENT_SECRET }),
    signal: AbortSignal.timeout(within),
  });
  const body = (await response.json()) as TokenAnswer & { error?: string };
  if (!response.ok) throw new Refused(body.error ?? String(response.status));
  return body;
}
