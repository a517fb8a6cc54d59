// The whole web site in one file and without a framework: node:http, fetch, jose.
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const env = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`missing setting: ${name}`);
  return value;
};
const PORT = Number(env('PORT'));
const SITE = env('BASE_URL').replace(/\/$/, '');
const ISSUER = env('ISSUER_BASE_URL');
const CLIENT_ID = env('CLIENT_ID');
const CLIENT_SECRET = env('CLIENT_SECRET');
const AUDIENCE = env('AUDIENCE');
const SCOPE = [
  'openid', 'profile', 'email',
].join(' ');
const random = () => randomBytes(32).toString('base64url');

/* ---------- sessions: only a random number leaves the server ---------- */
interface Attempt { nonce: string; verifier: string; next: string; born: number }
interface Grant {
  accessToken: string; idToken: string; scope: string;
}
interface Session {
  id: string;
  seen: number;
  attempts: Map<string, Attempt>;
  person?: Record<string, unknown>;
  grant?: Grant;
}
const sessions = new Map<string, Session>();
const DAY = 24 * 3600 * 1000;
setInterval(() => {
  for (const [id, s] of sessions) if (Date.now() - s.seen > (s.person ? DAY : 3600_000)) sessions.delete(id);
}, 60_000).unref();

function cookieOf(req: IncomingMessage) {
  return /(?:^|;\s*)sid=([\w-]{43})(?:;|$)/.exec(req.headers.cookie ?? '')?.[1];
}
function existing(req: IncomingMessage) {
  const s = sessions.get(cookieOf(req) ?? '');
  if (s) s.seen = Date.now();
  return s;
}
function fresh(res: ServerResponse): Session {
  const s: Session = { id: random(), seen: Date.now(), attempts: new Map() };
  sessions.set(s.id, s);
  giveCookie(res, s.id);
  return s;
}
const giveCookie = (res: ServerResponse, id: string) =>
  res.setHeader('Set-Cookie', `sid=${id}; Path=/; HttpOnly; SameSite=Lax${SITE.startsWith('https:') ? '; Secure' : ''}`);

/* ---------- pages ---------- */
const esc = (x: unknown) => String(x ?? '').replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
class Page extends Error {
  constructor(readonly status: number, readonly title: string, readonly text: string, readonly link = '<a href="/login">Log in</a>') { super(title); }
}
class NeedLogin extends Error {}
function html(res: ServerResponse, status: number, title: string, body: string, s?: Session) {
  const menu = s?.person
    ? `<a href="/profile">Profile</a>
 <form method="post" action="/logout" style="display:inline"><button>Log out</button></form>`
    : '<a href="/login">Log in</a>';
  res.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'Referrer-Policy': 'same-origin',
  });
  res.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>${esc(title)}</title>
<nav><a href="/">Home</a> ${menu}</nav><h1>${esc(title)}</h1>${body}</html>`);
}
const go = (res: ServerResponse, to: string) => { res.writeHead(303, { Location: to, 'Cache-Control': 'no-store' }); res.end(); };

function safeNext(raw: string | null): string {
  if (!raw || !/^\/(?![/\\])/.test(raw)) return '/profile';
  try {
    const u = new URL(raw, SITE);
    const path = u.pathname + u.search;
    return u.origin === new URL(SITE).origin && /^\/(?![/\\])/.test(path) ? path : '/profile';
  } catch { return '/profile'; }
}

/* ---------- the tenant ---------- */
interface Meta { issuer: string; authorization_endpoint: string; token_endpoint: string; jwks_uri: string; end_session_endpoint?: string; authorization_response_iss_parameter_supported?: boolean }
let known: Promise<{ meta: Meta; keys: ReturnType<typeof createRemoteJWKSet> }> | undefined;
function tenant() {
  known ??= (async () => {
    const r = await fetch(new URL('.well-known/openid-configuration', ISSUER), { signal: AbortSignal.timeout(5000) });
    if (!r.ok) throw new Error(`discovery: ${r.status}`);
    const meta = (await r.json()) as Meta;
    if (meta.issuer !== ISSUER) throw new Error('discovery: another issuer');
    return { meta, keys: createRemoteJWKSet(new URL(meta.jwks_uri)) };
  })().catch((e) => {
    known = undefined;
    console.error(e);
    throw new Page(503, 'The tenant does not answer', 'Try again in a minute.');
  });
  return known;
}
class OAuthError extends Error { constructor(readonly code: string, readonly status: number) { super(code); } }
async function ask(params: Record<string, string>) {
  const { meta } = await tenant();
  const r = await fetch(meta.token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({ ...params, client_id: CLIENT_ID, client_secret: CLIENT_SECRET }),
    signal: AbortSignal.timeout(5000),
    redirect: 'error',
  });
  const answer: any = await r.json().catch(() => ({}));
  if (!r.ok) throw new OAuthError(String(answer.error ?? 'no_error'), r.status);
  if (typeof answer.access_token !== 'string' || String(answer.token_type).toLowerCase() !== 'bearer') throw new OAuthError('bad_answer', 502);
  return answer;
}
async function readIdToken(token: string, nonce?: string) {
  const { meta, keys } = await tenant();
  const { payload } = await jwtVerify(token, keys, {
    issuer: meta.issuer,
    algorithms: ['RS256'],
    requiredClaims: ['exp', 'iat', 'sub'],
    clockTolerance: 5,
  });
  if (nonce !== undefined && payload.nonce !== nonce) throw new Error('nonce');
  if ((payload.azp !== undefined || (Array.isArray(payload.aud) && payload.aud.length > 1)) && payload.azp !== CLIENT_ID) throw new Error('azp');
  if (Number(payload.iat) > Date.now() / 1000 + 60) throw new Error('iat');
  return payload;
}
function grantFrom(answer: any, before?: Grant): Grant {
  return {
    accessToken: answer.access_token,
    idToken: answer.id_token ?? before?.idToken,
    scope: answer.scope ?? before?.scope ?? SCOPE,
  };
}

/* ---------- log-in ---------- */
async function startLogin(req: IncomingMessage, res: ServerResponse, url: URL) {
  const { meta } = await tenant();
  const s = existing(req) ?? fresh(res);
  const state = random();
  const attempt: Attempt = { nonce: random(), verifier: random(), next: safeNext(url.searchParams.get('returnTo')), born: Date.now() };
  for (const [k, a] of s.attempts) if (Date.now() - a.born > 3600_000 || s.attempts.size >= 20) s.attempts.delete(k);
  s.attempts.set(state, attempt);
  const to = new URL(meta.authorization_endpoint);
  to.search = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: `${SITE}/callback`,
    scope: SCOPE,
    audience: AUDIENCE,
    state,
    nonce: attempt.nonce,
    code_challenge: createHash('sha256').update(attempt.verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  go(res, to.href);
}

const inProgress = new Map<string, Promise<{ id: string; next: string }>>();
async function comeBack(req: IncomingMessage, res: ServerResponse, url: URL) {
  const key = `${cookieOf(req)} ${url.search}`;
  let work = inProgress.get(key);
  if (!work) {
    work = complete(req, url).finally(() => inProgress.delete(key));
    inProgress.set(key, work);
  }
  const { id, next } = await work;
  giveCookie(res, id);
  go(res, next);
}
async function complete(req: IncomingMessage, url: URL) {
  const s = existing(req);
  const q = url.searchParams;
  const state = q.get('state') ?? '';
  const attempt = s?.attempts.get(state);
  s?.attempts.delete(state);
  if (!s || !attempt) {
    if (s?.person) return { id: s.id, next: '/profile' };
    throw new Page(400, 'This log-in is no longer open', 'It was begun in another browser, too long ago, or is done already.');
  }
  const { meta } = await tenant();
  if ((q.has('iss') || meta.authorization_response_iss_parameter_supported) && q.get('iss') !== meta.issuer) throw new Page(400, 'This answer is not from our tenant', 'You are not logged in.');
  if (q.has('error')) {
    throw q.get('error') === 'access_denied'
      ? new Page(403, 'You are not logged in', 'The log-in was cancelled or not allowed.')
      : new Page(502, 'The log-in failed', 'The tenant reported a problem.');
  }
  const answer = await ask({
    grant_type: 'authorization_code',
    code: q.get('code') ?? '',
    redirect_uri: `${SITE}/callback`,
    code_verifier: attempt.verifier,
  }).catch((e) => {
    if (e instanceof Page) throw e;
    console.error('code exchange', e);
    throw e instanceof OAuthError && e.status < 500
      ? new Page(400, 'The log-in failed', 'The tenant did not take the code.')
      : new Page(503, 'The tenant does not answer', 'Try again in a minute.');
  });
  const person = await readIdToken(String(answer.id_token), attempt.nonce).catch((e) => {
    console.error('ID token', e);
    throw new Page(502, 'The log-in failed', 'The tenant did not say credibly who you are.');
  });
  sessions.delete(s.id);
  const renewed: Session = { id: random(), seen: Date.now(), attempts: s.attempts, person, grant: grantFrom(answer) };
  sessions.set(renewed.id, renewed);
  return { id: renewed.id, next: attempt.next };
}

async function logout(req: IncomingMessage, res: ServerResponse) {
  const s = existing(req);
  if (s) sessions.delete(s.id);
  if (s) s.grant = s.person = undefined;
  res.setHeader('Set-Cookie', 'sid=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0');
  const end = await tenant().then((t) => t.meta.end_session_endpoint, () => undefined);
  if (!end || !s) return go(res, '/');
  const to = new URL(end);
  to.search = new URLSearchParams({ client_id: CLIENT_ID, post_logout_redirect_uri: `${SITE}/` }).toString();
  go(res, to.href);
}

/* ---------- routes ---------- */
async function route(req: IncomingMessage, res: ServerResponse) {
  const url = new URL(SITE + (req.url?.startsWith('/') ? req.url : '/'));
  const s = existing(req);
  const at = `${req.method === 'HEAD' ? 'GET' : req.method} ${url.pathname}`;
  const from = req.headers['sec-fetch-site'] ?? 'same-origin';
  if (req.method === 'POST' && ((req.headers.origin && req.headers.origin !== new URL(SITE).origin) || !['same-origin', 'none'].includes(String(from)))) throw new Page(403, 'Not from here', 'This form belongs to another site.');
  if (at === 'GET /') return html(res, 200, 'Call Your API', s?.person ? `<p>Hello, ${esc(s.person.name ?? s.person.sub)}.</p>` : '<p>Please <a href="/login">log in</a>.</p>', s);
  if (at === 'GET /login') return startLogin(req, res, url);
  if (at === 'GET /callback') return comeBack(req, res, url);
  if (at === 'GET /logout') return html(res, 200, 'Log out?', '<form method="post" action="/logout"><button>Log out</button></form>', s);
  if (at === 'POST /logout') return logout(req, res);
  if (at === 'GET /profile') {
    if (!s?.person) return go(res, '/login?returnTo=/profile');
    return html(res, 200, 'Your profile', `<dl><dt>Name<dd>${esc(s.person.name)}<dt>E-mail<dd>${esc(s.person.email)}<dt>Subject<dd>${esc(s.person.sub)}
<dt>Granted<dd>${esc(s.grant?.scope)}</dl>`, s);
  }
  throw new Page(404, 'Not found', 'There is no such page.', '<a href="/">Home</a>');
}

createServer((req, res) => {
  route(req, res).catch((e) => {
    if (res.headersSent) return res.end();
    if (e instanceof Page) return html(res, e.status, e.title, `<p>${esc(e.text)}</p><p>${e.link}</p>`, existing(req));
    console.error(e);
    html(res, 500, 'Something went wrong', '<p>It is our fault, not yours.</p>');
  });
}).listen(PORT, () => console.log(`${SITE}`));
