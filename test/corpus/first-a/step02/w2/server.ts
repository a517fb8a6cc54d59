// The whole site in one file: no OAuth library, only fetch, node:crypto and jose.
import express from 'express';
import type { NextFunction, Request, Response } from 'express';
import { createHash, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { JWTPayload } from 'jose';

const env = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};
const BASE_URL = env('BASE_URL');
const ISSUER = env('ISSUER_BASE_URL');
const CLIENT_ID = env('CLIENT_ID');
const CLIENT_SECRET = env('CLIENT_SECRET');
const AUDIENCE = env('AUDIENCE');
const CALLBACK = `${BASE_URL}/callback`;
const SCOPES = [
  'openid',
  'profile',
  'email',
];

class Page extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    text: string,
    readonly link = { href: '/', text: 'Home' },
  ) {
    super(text);
  }
}
const again = { href: '/login', text: 'Log in' };

// ---------------------------------------------------------------- sessions

interface Pending {
  nonce: string;
  verifier: string;
  target: string;
  began: number;
}
interface Grant {
  accessToken: string;
  scope: string;
}
interface Visit {
  id: string;
  used: number;
  pending: Map<string, Pending>;
  finishing: Map<string, Promise<{ visit: Visit; target: string }>>;
  user?: JWTPayload;
  grant?: Grant;
  movedTo?: Visit;
  loggedOut?: boolean;
}

const visits = new Map<string, Visit>();
const IDLE = 8 * 3600_000;
setInterval(() => {
  for (const [id, visit] of visits) if (Date.now() - visit.used > (visit.user ? IDLE : 3600_000)) visits.delete(id);
}, 60_000).unref();

const random = () => randomBytes(32).toString('base64url');

function newVisit(): Visit {
  const visit: Visit = { id: random(), used: Date.now(), pending: new Map(), finishing: new Map() };
  visits.set(visit.id, visit);
  return visit;
}

function visitOf(req: Request): Visit | undefined {
  for (const part of (req.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=');
    const visit = name === 'visit' && value ? visits.get(value) : undefined;
    if (visit && Date.now() - visit.used < IDLE) {
      visit.used = Date.now();
      return visit;
    }
  }
  return undefined;
}

const cookieOptions = { httpOnly: true, sameSite: 'lax', path: '/', secure: BASE_URL.startsWith('https:') } as const;
const remember = (res: Response, visit: Visit) => res.cookie('visit', visit.id, cookieOptions);

// ---------------------------------------------------------------- the tenant

interface Metadata {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  end_session_endpoint?: string;
  authorization_response_iss_parameter_supported?: boolean;
}
let known: { metadata: Metadata } | undefined;

async function tenant() {
  if (known) return known;
  try {
    const response = await fetch(`${ISSUER}.well-known/openid-configuration`, { signal: AbortSignal.timeout(5000), redirect: 'error' });
    const metadata = (await response.json()) as Metadata;
    if (!response.ok || metadata.issuer !== ISSUER) throw new Error('not the metadata of our issuer');
    known = { metadata };
    return known;
  } catch (error) {
    console.error('discovery:', error);
    throw new Page(503, 'The log-in service does not answer', 'Please try again in a moment.', again);
  }
}

interface TokenResponse {
  access_token: string;
  id_token?: string;
  refresh_token?: string;
  expires_in?: number;
  scope?: string;
  token_type: string;
}
class TokenError extends Error {
  constructor(readonly code: string) {
    super(`the tenant said ${code}`);
  }
}

async function tokenRequest(parameters: Record<string, string>): Promise<TokenResponse> {
  const { metadata } = await tenant();
  let status: number;
  let body: any;
  try {
    const response = await fetch(metadata.token_endpoint, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: new URLSearchParams({ ...parameters, client_id: CLIENT_ID, client_secret: CLIENT_SECRET }),
      signal: AbortSignal.timeout(5000),
      redirect: 'error',
    });
    status = response.status;
    body = await response.json();
  } catch (error) {
    console.error('token request:', error);
    throw new Page(503, 'The log-in service does not answer', 'Please try again in a moment.', again);
  }
  if (status >= 400 && status < 500 && typeof body?.error === 'string') throw new TokenError(body.error);
  if (status !== 200 || typeof body?.access_token !== 'string' || String(body.token_type).toLowerCase() !== 'bearer') {
    throw new Page(502, 'The log-in service has a problem', 'Please try again in a moment.', again);
  }
  return body;
}

async function readIdToken(idToken: string | undefined, nonce?: string): Promise<JWTPayload> {
  const { metadata } = await tenant();
  try {
    const payload = decodeJwt(idToken ?? '');
    if (payload.iss !== metadata.issuer) throw new Error('iss differs');
    if (![payload.aud].flat().includes(CLIENT_ID)) throw new Error('aud differs');
    if (typeof payload.exp !== 'number' || payload.exp < Date.now() / 1000 - 5) throw new Error('expired');
    if (typeof payload.sub !== 'string') throw new Error('no sub');
    if (nonce !== undefined && payload.nonce !== nonce) throw new Error('nonce differs');
    if (payload.azp !== undefined && payload.azp !== CLIENT_ID) throw new Error('azp differs');
    return payload;
  } catch (error) {
    console.error('ID token:', error);
    throw new Page(502, 'The log-in failed', 'The log-in service did not say reliably who you are.', again);
  }
}

/** A path of this site, or the profile. */
function ownPath(wanted: unknown): string {
  if (typeof wanted !== 'string' || !wanted.startsWith('/')) return '/profile';
  try {
    const url = new URL(wanted, BASE_URL);
    const path = url.pathname + url.search + url.hash;
    if (url.origin !== new URL(BASE_URL).origin || /^\/[/\\]/.test(path)) return '/profile';
    return /^\/(login|callback|logout)$/.test(url.pathname) ? '/profile' : path;
  } catch {
    return '/profile';
  }
}

// ---------------------------------------------------------------- pages

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const esc = (value: unknown) => String(value ?? '').replace(/[&<>"']/g, (c) => entities[c]!);

function html(title: string, body: string, visit?: Visit): string {
  const user = visit?.user;
  const menu = user
    ? `<a href="/profile">Profile</a>
       <form method="post" action="/logout"><button>Log out</button></form>`
    : '<a href="/login">Log in</a>';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${esc(title)}</title></head>
<body><nav><a href="/">Home</a> ${menu}</nav><main><h1>${esc(title)}</h1>${body}</main></body></html>`;
}

const app = express();
app.disable('x-powered-by');
app.use((req, res, next) => {
  res.set({
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'same-origin',
    'Content-Security-Policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  });
  if (req.method === 'GET' || req.method === 'HEAD') return next();
  // A form on a foreign site must not act for our user.
  const site = req.get('Sec-Fetch-Site');
  const origin = req.get('Origin');
  const own = site !== undefined ? site === 'same-origin' || site === 'none' : origin === undefined || origin === new URL(BASE_URL).origin;
  if (!own) throw new Page(403, 'Not from here', 'This request came from another site.');
  next();
});
app.use(express.urlencoded({ extended: false, limit: '20kb' }));

app.get('/', (req, res) => {
  const visit = visitOf(req);
  res.send(html('Call Your API', visit?.user ? `<p>Hello, ${esc(visit.user.name)}.</p>` : '<p>Please <a href="/login">log in</a>.</p>', visit));
});

app.get('/login', async (req, res) => {
  const { metadata } = await tenant();
  const visit = visitOf(req) ?? newVisit();
  const state = random();
  const nonce = random();
  const verifier = random();
  visit.pending.set(state, {
    nonce,
    verifier,
    target: ownPath(req.query.returnTo),
    began: Date.now(),
  });
  // Nobody has more than twenty log-ins open.
  for (const old of [...visit.pending.keys()].slice(0, -20)) visit.pending.delete(old);
  const url = new URL(metadata.authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: CALLBACK,
    audience: AUDIENCE,
    scope: SCOPES.join(' '),
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  remember(res, visit);
  res.redirect(303, url.href);
});

async function finish(visit: Visit, state: string, query: Request['query']) {
  const pending = visit.pending.get(state);
  visit.pending.delete(state);
  if (!pending || Date.now() - pending.began > 3600_000) {
    if (!pending && visit.user) return { visit, target: '/profile' };
    throw new Page(400, 'This log-in is no longer open', 'It was finished already, took too long, or began in another browser.', again);
  }
  const { metadata } = await tenant();
  if (query.iss !== undefined ? query.iss !== metadata.issuer : metadata.authorization_response_iss_parameter_supported) {
    throw new Page(400, 'The log-in failed', 'The answer came from somebody else.', again);
  }
  if (query.error !== undefined) {
    if (query.error === 'access_denied') throw new Page(403, 'You are not logged in', 'The log-in was cancelled or refused.', again);
    throw new Page(502, 'The log-in failed', 'The log-in service reported an error.', again);
  }
  if (typeof query.code !== 'string' || !query.code) throw new Page(400, 'The log-in failed', 'There is no code.', again);

  const response = await tokenRequest({
    grant_type: 'authorization_code',
    code: query.code,
    redirect_uri: CALLBACK,
    code_verifier: pending.verifier,
  }).catch((error) => {
    if (error instanceof TokenError) throw new Page(400, 'The log-in failed', 'The code was not accepted.', again);
    throw error;
  });
  const user = await readIdToken(response.id_token, pending.nonce);

  let current = visit;
  while (current.movedTo) current = current.movedTo;
  if (current.loggedOut) throw new Page(400, 'This log-in is no longer open', 'You have logged out meanwhile.', again);
  const fresh = newVisit();
  fresh.pending = current.pending;
  fresh.user = user;
  fresh.grant = grantFrom(response, user);
  current.movedTo = fresh;
  visits.delete(current.id);
  return { visit: fresh, target: pending.target };
}

app.get('/callback', async (req, res) => {
  const state = typeof req.query.state === 'string' ? req.query.state : '';
  const visit = visitOf(req);
  if (!visit) throw new Page(400, 'This log-in is no longer open', 'It did not begin in this browser.', again);
  // A double click brings two equal callbacks: one of them works, both get its result.
  const work = visit.finishing.get(req.originalUrl) ?? finish(visit, state, req.query).finally(() => visit.finishing.delete(req.originalUrl));
  visit.finishing.set(req.originalUrl, work);
  const done = await work;
  remember(res, done.visit);
  res.redirect(303, done.target);
});

const logoutForm = '<form method="post" action="/logout"><button>Log out</button></form>';
app.get('/logout', (req, res) => void res.send(html('Log out?', logoutForm, visitOf(req))));

app.post('/logout', async (req, res) => {
  const visit = visitOf(req);
  if (visit) {
    visit.loggedOut = true;
    visit.pending.clear();
    delete visit.grant;
    visits.delete(visit.id);
  }
  res.clearCookie('visit', cookieOptions);
  const there = await tenant().catch(() => undefined);
  if (!there) return res.redirect(303, '/');
  const url = new URL(there.metadata.end_session_endpoint ?? `${ISSUER}v2/logout`);
  url.searchParams.set('client_id', CLIENT_ID);
  if (there.metadata.end_session_endpoint) {
    url.searchParams.set('post_logout_redirect_uri', `${BASE_URL}/`);
  } else {
    url.searchParams.set('returnTo', `${BASE_URL}/`);
  }
  res.redirect(303, url.href);
});

function loggedIn(req: Request, res: Response, next: NextFunction) {
  const visit = visitOf(req);
  if (visit?.user) {
    res.locals.visit = visit;
    return next();
  }
  const target = req.originalUrl;
  res.redirect(303, `/login?returnTo=${encodeURIComponent(target)}`);
}

app.get('/profile', loggedIn, (_req, res) => {
  const visit: Visit = res.locals.visit;
  const scopes = (visit.grant?.scope ?? '').split(' ').filter(Boolean);
  res.send(
    html(
      'Profile',
      `<dl><dt>Name</dt><dd>${esc(visit.user?.name)}</dd><dt>E-mail</dt><dd>${esc(visit.user?.email)}</dd>
       </dl><h2>Granted scopes</h2><ul>${scopes.map((scope) => `<li>${esc(scope)}</li>`).join('')}</ul>`,
      visit,
    ),
  );
});

// ---------------------------------------------------------------- the access token

function grantFrom(response: TokenResponse, user: JWTPayload, before?: Grant): Grant {
  return {
    accessToken: response.access_token,
    scope: response.scope ?? before?.scope ?? SCOPES.join(' '),
  };
}

app.use(() => {
  throw new Page(404, 'Not found', 'There is no such page.');
});

app.use((error: any, req: Request, res: Response, _next: NextFunction) => {
  const bad = typeof error?.status === 'number' && error.status >= 400 && error.status < 500;
  const page = error instanceof Page ? error : bad ? new Page(error.status, 'Bad request', 'The request was not understood.') : undefined;
  if (!page) console.error(error);
  const shown = page ?? new Page(500, 'Something went wrong', 'It is our mistake. Please try again.');
  res.status(shown.status).send(html(shown.title, `<p>${esc(shown.message)}</p><p><a href="${esc(shown.link.href)}">${esc(shown.link.text)}</a></p>`, visitOf(req)));
});

app.listen(Number(env('PORT')), () => console.log(`listening at ${BASE_URL}`));
