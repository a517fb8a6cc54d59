import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { close, find, open, show, type Visit } from './sessions';
import { begin, complete, farewell } from './tenant';
import { Trouble } from './trouble';
import { esc, page } from './html';

const BASE = process.env.BASE_URL!;
const origin = new URL(BASE).origin;

type Handler = (c: { req: IncomingMessage; res: ServerResponse; url: URL; visit?: Visit }, ...rest: string[]) => Promise<void> | void;
const routes: [method: string, path: RegExp, handler: Handler][] = [];
const on = (method: string, path: RegExp, handler: Handler) => routes.push([method, path, handler]);

const html = (res: ServerResponse, status: number, text: string) => {
  res.statusCode = status;
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  res.end(text);
};
const go = (res: ServerResponse, to: string) => {
  res.writeHead(303, { Location: to });
  res.end();
};

/** A path of this site, or the profile. */
function ownPath(wish: string | null): string {
  const otherwise = '/profile';
  if (!wish || !wish.startsWith('/')) return otherwise;
  let url: URL;
  try { url = new URL(wish, BASE); } catch { return otherwise; }
  const path = url.pathname + url.search;
  if (url.origin !== origin || /^\/[/\\]/.test(path) || /^\/(login|callback|logout)\b/.test(path)) return otherwise;
  return path;
}
const loginFor = (path: string) => '/login?returnTo=' + encodeURIComponent(path);

on('GET', /^\/$/, ({ res, visit }) => {
  html(res, 200, page('Appointments', visit?.user ? `<p>Welcome, ${esc(visit.user.name)}.</p>` : '<p>Please <a href="/login">log in</a>.</p>', visit));
});

on('GET', /^\/login$/, async ({ res, url, visit }) => {
  const { state, pending, url: there } = await begin(ownPath(url.searchParams.get('returnTo')), url.searchParams.get('scope') ?? '');
  const mine = visit ?? open(res);
  mine.pending.set(state, pending);
  // A dozen tabs are enough.
  if (mine.pending.size > 12) mine.pending.delete(mine.pending.keys().next().value!);
  go(res, there);
});

const running = new Map<string, Promise<{ visit: Visit; goTo: string }>>();
on('GET', /^\/callback$/, async ({ res, url, visit }) => {
  const state = url.searchParams.get('state') ?? '';
  const key = `${visit?.key} ${url.search}`;
  const twin = running.get(key);
  if (twin) {
    const { visit: theirs, goTo } = await twin;
    show(res, theirs);
    return go(res, goTo);
  }
  const pending = visit?.pending.get(state);
  visit?.pending.delete(state);
  if (!visit || !pending || Date.now() - pending.since > 15 * 60_000) {
    if (visit?.user) return go(res, '/profile');
    throw new Trouble(400, 'This login is no longer open', 'It was begun in another browser, too long ago, or finished already.', ['/login', 'Log in']);
  }
  const work = (async () => {
    const { user, tokens } = await complete(url.searchParams, pending);
    if (visit.left) throw new Trouble(400, 'You have logged out', 'So this login was not finished.', ['/login', 'Log in']);
    const next = open(res, user);
    next.tokens = tokens;
    next.pending = visit.pending;
    close(visit);
    return { visit: next, goTo: pending.goTo };
  })();
  running.set(key, work);
  try {
    go(res, (await work).goTo);
  } finally {
    running.delete(key);
  }
});

on('GET', /^\/profile$/, ({ res, visit }) => {
  if (!visit?.user) return go(res, loginFor('/profile'));
  const { name, email, sub } = visit.user;
  html(res, 200, page('Profile', `<dl>
  <dt>Name</dt><dd>${esc(name)}</dd>
  <dt>E-mail</dt><dd>${esc(email)}</dd>
  <dt>Identifier</dt><dd>${esc(sub)}</dd>
  <dt>Granted</dt><dd>${(visit.tokens?.scope ?? '').split(' ').filter(Boolean).map((s) => `<code>${esc(s)}</code>`).join(' ')}</dd></dl>`, visit));
});

on('GET', /^\/logout$/, ({ res, visit }) => {
  html(res, 200, page('Log out', visit?.user ? '<p>Use the button above.</p>' : '<p>You are not logged in.</p>', visit));
});
on('POST', /^\/logout$/, async ({ res, visit }) => {
  if (!visit) return go(res, '/');
  const id = visit.tokens?.id;
  visit.left = true;
  close(visit);
  res.setHeader('Set-Cookie', 'visit=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0');
  go(res, await farewell(id));
});

createServer(async (req, res) => {
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('X-Frame-Options', 'DENY');
  res.setHeader('Referrer-Policy', 'same-origin');
  res.setHeader('Content-Security-Policy', "default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
  const visit = find(req);
  try {
    const url = URL.canParse(req.url!, BASE) && req.url!.startsWith('/') ? new URL(BASE + req.url!) : new URL(BASE);
    const method = req.method === 'HEAD' ? 'GET' : req.method;
    if (method === 'POST') {
      const { origin: from, 'sec-fetch-site': site } = req.headers;
      if ((from !== undefined && from !== origin) || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
        throw new Trouble(403, 'Not from here', 'This form belongs to another site.');
      }
    }
    for (const [m, path, handler] of routes) {
      const match = m === method && path.exec(url.pathname);
      if (match) return await handler({ req, res, url, visit }, ...match.slice(1));
    }
    throw new Trouble(404, 'Not found', 'There is no such page.', ['/', 'Start']);
  } catch (error) {
    if (!(error instanceof Trouble)) console.error(error);
    if (res.headersSent) return res.end();
    const t = error instanceof Trouble ? error : error instanceof URIError ? new Trouble(400, 'Not an address', 'That address is not right.') : new Trouble(500, 'Something went wrong', 'We are sorry.');
    html(res, t.status, page(t.title, `<p>${esc(t.message)}</p>${t.link ? `<p><a href="${esc(t.link[0])}">${esc(t.link[1])}</a></p>` : ''}`, visit));
  }
}).listen(Number(process.env.PORT), () => console.log('listening at', BASE));
