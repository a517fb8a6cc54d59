// No framework: node:http and what a standard library has. Reads from top to bottom like a main.go.
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { cfg } from './cfg';
import * as sess from './sess';
import * as idp from './idp';
import * as out from './out';
import { Err } from './err';

type Ctx = { req: IncomingMessage; res: ServerResponse; url: URL; path: string; s: sess.Session | undefined; form: URLSearchParams };
type Handler = (c: Ctx, ...args: string[]) => Promise<void> | void;

function send(c: Ctx, status: number, title: string, body: string) {
  const html = out.page(title, body, c.s?.user);
  c.res.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' });
  c.res.end(c.req.method === 'HEAD' ? undefined : html);
}

function redirect(c: Ctx, to: string) {
  c.res.writeHead(303, { Location: to });
  c.res.end();
}

function toLogin(c: Ctx, back: string) {
  redirect(c, '/login?returnTo=' + encodeURIComponent(back));
}

/** Only a path of this very site survives. */
function safePath(wanted: string | null): string {
  if (wanted === null || wanted[0] !== '/') return '/profile';
  let u: URL;
  try {
    u = new URL(wanted, cfg.base);
  } catch {
    return '/profile';
  }
  if (u.origin !== cfg.origin || u.pathname.startsWith('//')) return '/profile';
  return u.pathname + u.search;
}

// ---- handlers

const home: Handler = (c) => send(c, 200, 'Appointments, by hand', out.home(c.s?.user));

const login: Handler = async (c) => {
  const extra = (c.url.searchParams.get('scope') ?? '').split(' ');
  const t = idp.newTransaction(safePath(c.url.searchParams.get('returnTo')));
  const to = await idp.authorizeUrl(t, extra);
  c.s ??= sess.create(c.res);
  c.s.pending.set(t.state, t);
  while (c.s.pending.size > 10) c.s.pending.delete(c.s.pending.keys().next().value as string);
  redirect(c, to);
};

type Done = { to: string; next?: sess.Session };
const busy = new Map<string, Promise<Done>>();

const callback: Handler = async (c) => {
  const key = (c.s?.id ?? '') + c.url.search;
  let p = busy.get(key);
  if (!p) {
    p = land(c).finally(() => busy.delete(key));
    busy.set(key, p);
  }
  const { to, next } = await p;
  if (next) sess.setCookie(c.res, next);
  redirect(c, to);
};

async function land(c: Ctx): Promise<Done> {
  const q = c.url.searchParams;
  const state = q.get('state') ?? '';
  const old = c.s;
  const t = old?.pending.get(state);
  if (!old || !t) {
    if (old?.user) return { to: '/profile' };
    throw new Err(400, 'This login is no longer open', 'It was used before, or it was begun elsewhere.', '/login', 'Log in');
  }
  old.pending.delete(state);
  const { user, tokens } = await idp.exchange(q, t);
  // A new identifier for who is somebody now. The other tabs' logins move along.
  const next = sess.renew(old);
  next.user = user;
  next.tokens = tokens;
  if (old.refused) next.returnedAt = Date.now();
  return { to: t.returnTo, next };
}

const profile: Handler = (c) => {
  if (!c.s?.user) return toLogin(c, '/profile');
  send(c, 200, 'Your profile', out.profile(c.s.user, c.s.tokens?.scope ?? ''));
};

const askLogout: Handler = (c) => send(c, 200, 'Log out?', out.logoutForm());

const logout: Handler = async (c) => {
  const hint = c.s?.tokens?.idToken;
  sess.dropCookie(c.res);
  redirect(c, await idp.logoutUrl(hint));
};

const routes: [string, RegExp, Handler][] = [
  ['GET', /^\/$/, home],
  ['GET', /^\/login$/, login],
  ['GET', /^\/callback$/, callback],
  ['GET', /^\/profile$/, profile],
  ['GET', /^\/logout$/, askLogout],
  ['POST', /^\/logout$/, logout],
];

async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req) {
    size += part.length;
    if (size > 20_000) throw new Err(413, 'Too much', 'This form is too long.');
    parts.push(part);
  }
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'));
}

async function dispatch(c: Ctx) {
  const { req } = c;
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    const origin = req.headers.origin;
    const site = req.headers['sec-fetch-site'];
    if ((origin && origin !== cfg.origin) || (site && site !== 'same-origin' && site !== 'none')) {
      throw new Err(403, 'Refused', 'This form was sent by another site.');
    }
    c.form = await readForm(req);
  }
  const method = req.method === 'HEAD' ? 'GET' : req.method;
  for (const [verb, pattern, handler] of routes) {
    const m = pattern.exec(c.path);
    if (m && verb === method) return handler(c, ...m.slice(1).map((x) => decodeURIComponent(x)));
  }
  throw new Err(404, 'Not found', 'There is no such page.');
}

const server = createServer(async (req, res) => {
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('X-Frame-Options', 'DENY');
  res.setHeader('Referrer-Policy', 'no-referrer');
  let c: Ctx | undefined;
  try {
    const url = new URL(cfg.origin + (req.url ?? '/'));
    c = { req, res, url, path: url.pathname, s: sess.find(req), form: new URLSearchParams() };
    await dispatch(c);
  } catch (e) {
    const err = e instanceof Err ? e : e instanceof URIError || !c ? new Err(400, 'Bad request', 'This address makes no sense.') : new Err(500, 'Something broke', 'Please try again.');
    if (err.status === 500) console.error(e);
    if (res.headersSent) return void res.destroy();
    res.writeHead(err.status, { 'Content-Type': 'text/html; charset=utf-8' });
    res.end(out.page(err.title, out.error(err), c?.s?.user));
  }
});

server.listen(cfg.port, () => console.log('serving ' + cfg.base));
