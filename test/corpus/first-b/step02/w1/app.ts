// My calendar app, without any framework.
import { createServer } from 'node:http';
import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { esc, page } from './html';

const { PORT, BASE_URL, ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET, AUDIENCE } = process.env as any;
const REDIRECT_URI = BASE_URL + '/callback';
const SCOPE = 'openid profile email';

export class Oops extends Error {
  constructor(public status: number, public title: string, public text: string, public link = '<a href="/login">Log in</a>') {
    super(title);
  }
}
export class NeedsLogin extends Error {}

const sessions = new Map<string, any>();
// who is logged in
let currentUser: any;
let currentTokens: any;
const rand = () => randomBytes(32).toString('base64url');

// ---- the tenant
let meta: any, keys: any;
async function discover() {
  if (!meta) {
    const found = await ask(ISSUER_BASE_URL + '.well-known/openid-configuration', {});
    if (found.status !== 200 || found.json.issuer !== ISSUER_BASE_URL) throw new Oops(502, 'Log-in is not possible', 'The tenant gave a strange answer.');
    keys = createRemoteJWKSet(new URL(found.json.jwks_uri), { timeoutDuration: 4000 });
    meta = found.json;
  }
  return meta;
}
async function ask(url: string, init: any) {
  try {
    const r = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(4000) });
    return { status: r.status, json: (await r.json()) as any };
  } catch {
    throw new Oops(503, 'The tenant does not answer', 'Please try again in a moment.');
  }
}
async function tokenCall(fields: Record<string, string>) {
  const { token_endpoint } = await discover();
  return ask(token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, ...fields }),
  });
}
async function readIdToken(idToken: string) {
  try {
    const { payload } = await jwtVerify(idToken, keys, { issuer: ISSUER_BASE_URL, audience: CLIENT_ID, algorithms: ['RS256'], clockTolerance: 5 });
    return payload;
  } catch {
    throw new Oops(502, 'The log-in failed', 'The ID token is not right.');
  }
}
function toTokens(json: any, old: any = {}) {
  const now = Date.now();
  const life = Number(json.expires_in) * 1000;
  return {
    access: json.access_token,
    scope: json.scope ?? old.scope ?? '',
    issued: now,
    ends: life ? now + life : Infinity,
  };
}

function backTo(wanted: string | null) {
  try {
    const u = new URL(wanted ?? '/profile', BASE_URL);
    const path = u.pathname + u.search;
    if (wanted?.startsWith('/') && u.origin === new URL(BASE_URL).origin && !path.startsWith('//') && !/^\/(login|callback|logout)/.test(path)) return path;
  } catch {}
  return '/profile';
}

// ---- the pages
async function handle(req: any, res: any) {
  const url = new URL(BASE_URL + req.url);
  let sid = /(?:^|; )sid=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1] ?? '';
  let session = sessions.get(sid);
  const setSid = (id: string) => res.setHeader('Set-Cookie', `sid=${id}; HttpOnly; SameSite=Lax; Path=/` + (BASE_URL.startsWith('https:') ? '; Secure' : ''));
  const go = (where: string) => { res.writeHead(303, { Location: where }); res.end(); };
  const send = (title: string, body: string, status = 200) => {
    res.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' });
    res.end(page(title, body, currentUser));
  };
  const route = req.method + ' ' + url.pathname;

  if (req.method === 'POST' && req.headers.origin && req.headers.origin !== new URL(BASE_URL).origin) throw new Oops(403, 'Not from here', 'This form was sent from another site.');

  try {
    if (route === 'GET /') return send('My calendar', '<p>Welcome.</p>');

    if (route === 'GET /login') {
      const { authorization_endpoint } = await discover();
      if (!session) {
        sid = rand();
        sessions.set(sid, (session = { pending: new Map() }));
        setSid(sid);
      }
      const state = rand(), nonce = rand(), verifier = rand();
      session.pending.set(state, { nonce, verifier, returnTo: backTo(url.searchParams.get('returnTo')) });
      if (session.pending.size > 20) session.pending.delete(session.pending.keys().next().value);
      return go(authorization_endpoint + '?' + new URLSearchParams({
        response_type: 'code', client_id: CLIENT_ID, redirect_uri: REDIRECT_URI, scope: SCOPE, audience: AUDIENCE, state, nonce,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
      }));
    }

    if (route === 'GET /callback') {
      const state = url.searchParams.get('state') ?? '';
      const login = session?.pending.get(state);
      if (!login && currentUser) return go('/profile');
      if (!login) throw new Oops(400, 'This log-in is no longer open', 'Please begin again.');
      // a double click sends the same callback twice
      login.result ??= finish(sid, session, login, url).finally(() => session.pending.delete(state));
      const done = await login.result;
      setSid(done);
      return go(login.returnTo);
    }

    if (route === 'POST /logout') {
      sessions.delete(sid);
      currentUser = currentTokens = undefined;
      res.setHeader('Set-Cookie', 'sid=; Max-Age=0; HttpOnly; SameSite=Lax; Path=/');
      return go(ISSUER_BASE_URL + 'v2/logout?' + new URLSearchParams({ client_id: CLIENT_ID, returnTo: BASE_URL + '/' }));
    }

    if (!['/profile', '/appointments', '/tokens', '/office'].includes(url.pathname) && !/^\/appointments\/[^/]+\/delete$/.test(url.pathname)) throw new Oops(404, 'Not found', 'There is no such page.', '<a href="/">Home</a>');
    if (!currentUser) return go('/login?returnTo=' + encodeURIComponent(req.method === 'GET' ? url.pathname : '/appointments'));

    if (route === 'GET /profile') {
      return send('Profile', `<p>Name: ${esc(currentUser.name)}</p><p>E-mail: ${esc(currentUser.email)}</p><p>Granted: ${esc(currentTokens?.scope)}</p>`);
    }
    throw new Oops(404, 'Not found', 'There is no such page.', '<a href="/">Home</a>');
  } catch (e: any) {
    if (e instanceof NeedsLogin) {
      // a fresh log-in did not help: do not send the user round for ever
      if (session.fresh) { session.fresh = false; throw new Oops(502, 'The API refuses', 'The API does not accept even a new log-in.'); }
      session.again = true;
      return go('/login?returnTo=' + encodeURIComponent('/appointments'));
    }
    throw e;
  }
}

async function finish(sid: string, session: any, login: any, url: URL) {
  const q = url.searchParams;
  if (q.has('iss') && q.get('iss') !== ISSUER_BASE_URL) throw new Oops(400, 'The log-in failed', 'The answer came from another tenant.');
  if (q.has('error')) throw new Oops(403, 'You are not logged in', 'The tenant says: ' + (q.get('error_description') ?? q.get('error')));
  const { status, json } = await tokenCall({ grant_type: 'authorization_code', code: q.get('code') ?? '', redirect_uri: REDIRECT_URI, code_verifier: login.verifier });
  if (status !== 200 || !json.id_token || !json.access_token) throw new Oops(502, 'The log-in failed', 'The tenant gave no tokens.');
  const user = await readIdToken(json.id_token);
  if (user.nonce !== login.nonce) throw new Oops(502, 'The log-in failed', 'The ID token is of another log-in.');
  const newSid = rand();
  const pending = new Map(session.pending);
  pending.delete(q.get('state'));
  sessions.set(newSid, { pending });
  currentUser = user;
  currentTokens = toTokens(json);
  sessions.delete(sid);
  return newSid;
}


createServer((req, res) => {
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  handle(req, res).catch((e) => {
    if (!(e instanceof Oops)) console.error(e);
    const o = e instanceof Oops ? e : new Oops(500, 'Something went wrong', 'Sorry.', '<a href="/">Home</a>');
    res.writeHead(o.status, { 'Content-Type': 'text/html; charset=utf-8' });
    res.end(page(o.title, `<p>${esc(o.text)}</p><p>${o.link}</p>`));
  });
}).listen(PORT, () => console.log('on ' + BASE_URL));
