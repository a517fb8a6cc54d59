import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import type { Pending, Tokens } from './sessions';
import { Trouble } from './trouble';

const issuer = process.env.ISSUER_BASE_URL!;
const clientId = process.env.CLIENT_ID!;
const secret = process.env.CLIENT_SECRET!;
const audience = process.env.AUDIENCE;
const callback = process.env.BASE_URL + '/callback';

const SCOPES = [
  'openid', 'profile', 'email',
];

const again: [string, string] = ['/login', 'Log in again'];
const random = () => randomBytes(32).toString('base64url');

interface Metadata { issuer: string; authorization_endpoint: string; token_endpoint: string; jwks_uri: string; end_session_endpoint?: string; authorization_response_iss_parameter_supported?: boolean }
let known: Metadata | undefined;
let knownAt = 0;
let keys: { uri: string; get: ReturnType<typeof createRemoteJWKSet> } | undefined;

async function http(url: string, init: RequestInit = {}): Promise<{ status: number; body: any }> {
  try {
    const res = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(8000) });
    const text = await res.text();
    let body: any;
    try { body = JSON.parse(text); } catch { /* an error page, perhaps */ }
    return { status: res.status, body: body ?? {} };
  } catch (cause) {
    console.error('tenant:', cause);
    throw new Trouble(503, 'The tenant does not answer', 'Please try again in a moment.', again);
  }
}

/** The tenant's addresses. Looked up when first needed, and the last known ones serve when it is down. */
export async function metadata(): Promise<Metadata> {
  if (known && Date.now() - knownAt < 600_000) return known;
  try {
    const { status, body } = await http(issuer + '.well-known/openid-configuration');
    if (status !== 200 || body.issuer !== issuer || !body.token_endpoint) {
      throw new Trouble(502, 'The tenant answered nonsense', 'Please try again later.', again);
    }
    known = body as Metadata;
    knownAt = Date.now();
  } catch (error) {
    if (!known) throw error;
  }
  return known!;
}

export async function begin(goTo: string, wish: string): Promise<{ state: string; pending: Pending; url: string }> {
  const { authorization_endpoint } = await metadata();
  const state = random();
  const nonce = random();
  const verifier = random();
  const scopes = [...SCOPES];
  const asked = scopes.join(' ');
  const url = new URL(authorization_endpoint);
  const query: Record<string, string | undefined> = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: callback,
    audience,
    scope: asked,
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
  return { state, pending: { nonce, verifier, goTo, asked, since: Date.now() }, url: url.href };
}

export async function complete(query: URLSearchParams, pending: Pending): Promise<{ user: JWTPayload; tokens: Tokens }> {
  const meta = await metadata();
  const iss = query.get('iss');
  if (iss === null ? meta.authorization_response_iss_parameter_supported : iss !== issuer) {
    throw new Trouble(400, 'Not from our tenant', 'This answer came from somebody else.', again);
  }
  if (query.has('error')) {
    if (query.get('error') === 'access_denied') throw new Trouble(403, 'You are not logged in', 'The login was cancelled or not allowed.', again);
    throw new Trouble(502, 'The login failed', 'The tenant reports an error.', again);
  }
  const code = query.get('code');
  if (!code) throw new Trouble(400, 'No code', 'The tenant sent no code.', again);
  const { status, body } = await token({ grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: pending.verifier });
  if (status !== 200) throw new Trouble(502, 'The login failed', 'The tenant did not take the code.', again);
  const user = await readIdToken(body.id_token);
  if (user.nonce !== pending.nonce) throw new Trouble(502, 'The login failed', 'The ID token belongs to another login.', again);
  return { user, tokens: tokensOf(body, { scope: pending.asked }) };
}

async function token(form: Record<string, string>) {
  const { token_endpoint } = await metadata();
  return http(token_endpoint, {
    method: 'POST',
    headers: { Accept: 'application/json' },
    body: new URLSearchParams({ ...form, client_id: clientId, client_secret: secret }),
  });
}

async function readIdToken(jwt: unknown): Promise<JWTPayload> {
  const { jwks_uri } = await metadata();
  if (keys?.uri !== jwks_uri) {
    keys = { uri: jwks_uri, get: createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration: 8000, cooldownDuration: 0 }) };
  }
  try {
    const { payload } = await jwtVerify(String(jwt), keys.get, {
      issuer,
      audience: clientId,
      algorithms: ['RS256'],
      requiredClaims: ['sub', 'exp', 'iat'],
    });
    if (Array.isArray(payload.aud) && payload.aud.length !== 1) throw new Error('made for others, too');
    if (payload.azp !== undefined && payload.azp !== clientId) throw new Error('azp is somebody else');
    if (typeof payload.sub !== 'string' || payload.sub === '') throw new Error('no sub');
    return payload;
  } catch (cause) {
    console.error('ID token:', cause);
    throw new Trouble(502, 'The login failed', 'The ID token of the tenant is not right.', again);
  }
}

function tokensOf(body: any, before: Partial<Tokens>): Tokens {
  if (typeof body.access_token !== 'string' || String(body.token_type).toLowerCase() !== 'bearer') {
    throw new Trouble(502, 'The login failed', 'The tenant sent no access token.', again);
  }
  const now = Date.now();
  const life = Number(body.expires_in) * 1000;
  return {
    access: body.access_token,
    id: body.id_token ?? before.id,
    scope: body.scope ?? before.scope ?? '',
    issued: before.issued ?? now,
    ...(life > 0 ? { ends: now + life, renewAt: now + life - Math.min(30_000, life / 10) } : {}),
  };
}

export async function farewell(idToken?: string): Promise<string> {
  const home = process.env.BASE_URL + '/';
  const meta = await metadata().catch(() => undefined);
  if (!meta) return home;
  const url = new URL(meta.end_session_endpoint ?? issuer + 'v2/logout');
  url.searchParams.set('client_id', clientId);
  if (meta.end_session_endpoint) {
    url.searchParams.set('post_logout_redirect_uri', home);
    if (idToken) url.searchParams.set('id_token_hint', idToken);
  } else url.searchParams.set('returnTo', home);
  return url.href;
}
