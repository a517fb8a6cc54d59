// The tenant: discovery, /authorize, /oauth/token, and ID tokens verified with node:crypto alone.
import { createHash, createPublicKey, randomBytes, verify, type KeyObject } from 'node:crypto';
import { cfg } from './cfg';
import { Err } from './err';

export type Claims = Record<string, unknown> & { sub: string };
export type Transaction = { state: string; nonce: string; verifier: string; returnTo: string; at: number };
export type Tokens = {
  access: string;
  refresh?: string;
  idToken?: string;
  scope: string;
  issuedAt: number;
  refreshedAt?: number;
  endsAt: number;
  renewAt: number;
};
type Meta = Record<string, unknown> & { issuer: string; authorization_endpoint: string; token_endpoint: string; jwks_uri: string; end_session_endpoint?: string };

export class NeedLogin extends Error {}
class TokenError extends Error {
  constructor(public code: string) {
    super(code);
  }
}

const redirectUri = cfg.base + '/callback';
const b64 = (n: number) => randomBytes(n).toString('base64url');
const silent = () => new Err(503, 'The tenant does not answer', 'Please try again in a while.');
const failed = (text: string) => new Err(502, 'The login failed', text, '/login', 'Log in again');

async function json(url: string, form?: Record<string, string>): Promise<any> {
  let r: Response;
  let body: any;
  try {
    r = await fetch(url, {
      method: form ? 'POST' : 'GET',
      headers: form ? { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' } : { Accept: 'application/json' },
      body: form && new URLSearchParams(form).toString(),
      signal: AbortSignal.timeout(5000),
      redirect: 'error',
    });
    body = await r.json();
  } catch {
    throw silent();
  }
  if (r.ok && body && typeof body === 'object') return body;
  if (r.status >= 500) throw silent();
  throw new TokenError(typeof body?.error === 'string' ? body.error : 'unknown');
}

let known: Meta | undefined;
async function meta(): Promise<Meta> {
  if (known) return known;
  const m = await json(cfg.issuer + '.well-known/openid-configuration').catch((e) => {
    throw e instanceof TokenError ? silent() : e;
  });
  if (m.issuer !== cfg.issuer) throw failed('The tenant has another name than it should.');
  known = m as Meta;
  return known;
}

export function newTransaction(returnTo: string): Transaction {
  return { state: b64(24), nonce: b64(24), verifier: b64(48), returnTo, at: Date.now() };
}

const API_SCOPES = ['read:appointments', 'create:appointments', 'delete:appointments'];
const SCOPES = ['openid', 'profile', 'email'];

export async function authorizeUrl(t: Transaction, extra: string[]): Promise<string> {
  const scope = SCOPES.concat(API_SCOPES.filter((s) => extra.includes(s) && !SCOPES.includes(s))).join(' ');
  const q = new URLSearchParams({
    client_id: cfg.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    audience: cfg.audience,
    scope,
    state: t.state,
    nonce: t.nonce,
    code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(t.verifier).digest('base64url'),
  });
  return (await meta()).authorization_endpoint + '?' + q;
}

export async function exchange(q: URLSearchParams, t: Transaction): Promise<{ user: Claims; tokens: Tokens }> {
  const m = await meta();
  const iss = q.get('iss');
  if (iss !== null && iss !== cfg.issuer) throw failed('The answer came from another tenant.');
  if (q.has('error')) throw new Err(403, 'You are not logged in', 'You declined, or the tenant refused.', '/login', 'Log in');
  if (iss === null && m.authorization_response_iss_parameter_supported === true) throw failed('The answer does not say who sent it.');
  const code = q.get('code');
  if (!code) throw new Err(400, 'The login failed', 'There is no code in this address.', '/login', 'Log in again');
  const r = await json(m.token_endpoint, {
    grant_type: 'authorization_code',
    client_id: cfg.id,
    client_secret: cfg.secret,
    code,
    code_verifier: t.verifier,
    redirect_uri: redirectUri,
  }).catch((e) => {
    throw e instanceof TokenError ? failed('The tenant did not take the code.') : e;
  });
  if (typeof r.access_token !== 'string' || typeof r.id_token !== 'string' || String(r.token_type).toLowerCase() !== 'bearer') {
    throw failed('The tenant sent something else than tokens.');
  }
  const user = await verifyIdToken(r.id_token);
  if (user.nonce !== t.nonce) throw failed('The ID token belongs to another login.');
  return { user, tokens: toTokens(r) };
}

function toTokens(r: any, before?: Tokens): Tokens {
  const now = Date.now();
  const life = r.expires_in > 0 ? Number(r.expires_in) * 1000 : Infinity;
  return {
    access: r.access_token,
    refresh: r.refresh_token ?? before?.refresh,
    idToken: r.id_token ?? before?.idToken,
    scope: r.scope ?? before?.scope ?? '',
    issuedAt: before?.issuedAt ?? now,
    refreshedAt: before && now,
    endsAt: now + life,
    renewAt: now + life - Math.min(30_000, life / 10),
  };
}

let keys = new Map<string, KeyObject>();
async function keyFor(kid: unknown): Promise<KeyObject> {
  const id = String(kid);
  if (!keys.has(id)) {
    const { keys: found } = await json((await meta()).jwks_uri).catch(() => {
      throw silent();
    });
    const next = new Map<string, KeyObject>();
    for (const jwk of Array.isArray(found) ? found : []) {
      if (jwk.kty === 'RSA' && (jwk.use ?? 'sig') === 'sig') next.set(String(jwk.kid), createPublicKey({ key: jwk, format: 'jwk' }));
    }
    keys = next;
  }
  const key = keys.get(id);
  if (!key) throw failed('The ID token is signed with a key that nobody knows.');
  return key;
}

async function verifyIdToken(token: string): Promise<Claims> {
  const parts = token.split('.');
  let head: any, body: any;
  try {
    head = JSON.parse(Buffer.from(parts[0], 'base64url').toString());
    body = JSON.parse(Buffer.from(parts[1], 'base64url').toString());
  } catch {
    throw failed('The ID token cannot be read.');
  }
  if (parts.length !== 3 || head.alg !== 'RS256') throw failed('The ID token is signed in a way we do not take.');
  const good = verify('sha256', Buffer.from(parts[0] + '.' + parts[1]), await keyFor(head.kid), Buffer.from(parts[2], 'base64url'));
  if (!good) throw failed("The ID token's signature is wrong.");
  const now = Math.floor(Date.now() / 1000);
  const aud = Array.isArray(body.aud) ? body.aud : [body.aud];
  const problem =
    (body.iss !== cfg.issuer && 'issuer') ||
    (!aud.includes(cfg.id) && 'audience') ||
    ((aud.length > 1 || body.azp !== undefined) && body.azp !== cfg.id && 'authorized party') ||
    (!(typeof body.exp === 'number' && body.exp > now) && 'expiry') ||
    (!(typeof body.iat === 'number' && body.iat <= now + 30 && body.iat > now - 3600) && 'age') ||
    (body.nbf !== undefined && !(body.nbf <= now + 30) && 'begin') ||
    ((typeof body.sub !== 'string' || body.sub === '') && 'subject');
  if (problem) throw failed("The ID token's " + problem + ' is not right.');
  return body;
}

export async function logoutUrl(hint: string | undefined): Promise<string> {
  const m = await meta().catch(() => undefined);
  if (!m?.end_session_endpoint) return '/';
  const q = new URLSearchParams({ client_id: cfg.id, post_logout_redirect_uri: cfg.base + '/' });
  if (hint) q.set('id_token_hint', hint);
  return m.end_session_endpoint + '?' + q;
}
