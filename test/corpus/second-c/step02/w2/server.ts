// No framework: node:http, fetch and jose.
import http from 'node:http';
import { login, callback, logout } from './login';
import { sessionOf } from './sessions';
import { page, esc, redirect, Oops } from './html';

const BASE = process.env.BASE_URL!;
type Handler = (req: http.IncomingMessage, res: http.ServerResponse, url: URL) => unknown;

const table: [string, RegExp, Handler][] = [
  ['GET', /^\/$/, home],
  ['GET', /^\/login$/, login],
  ['GET', /^\/callback$/, callback],
  ['POST', /^\/logout$/, logout],
  ['GET', /^\/profile$/, profile],
];

function home(req, res) {
  const s = sessionOf(req);
  page(res, 200, s, 'Welcome', s?.user ? '<p>You are logged in.</p>' : '<p><a href="/login">Log in</a></p>');
}

function profile(req, res) {
  const s = sessionOf(req);
  if (!s?.user) return redirect(res, '/login?returnTo=/profile');
  const rows = [['Name', s.user.name], ['E-mail', s.user.email], ['Subject', s.user.sub]];
  const scopes = (s.tokens?.scope ?? '').split(' ').filter(Boolean);
  page(res, 200, s, 'Profile', `<dl>${rows.map(([k, v]) => `<dt>${k}</dt><dd>${esc(v)}</dd>`).join('')}</dl>
    <h2>What this app may do for you</h2><ul>${scopes.map((x) => `<li>${esc(x)}</li>`).join('')}</ul>`);
}

http
  .createServer(async (req, res) => {
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Content-Security-Policy', "default-src 'self'; frame-ancestors 'none'; base-uri 'none'");
    res.setHeader('Referrer-Policy', 'same-origin');
    try {
      const path = req.url ?? '/';
      if (!path.startsWith('/') || path.startsWith('//')) throw new Oops(400, 'That is no address of this site.');
      const url = new URL(path, BASE);
      const hit = table.find(([method, pattern]) => method === req.method && pattern.test(url.pathname));
      if (!hit) throw new Oops(404, 'There is no such page.');
      if (req.method === 'POST') {
        const origin = req.headers.origin;
        if (origin !== undefined && origin !== new URL(BASE).origin) throw new Oops(403, 'This form is of another site.');
      }
      await hit[2](req, res, url);
    } catch (error) {
      if (!(error instanceof Oops)) console.error(error);
      const { status, message, more } = error instanceof Oops ? error : new Oops(500, 'Something broke.');
      page(res, status, sessionOf(req), 'Sorry', `<p>${esc(message)}</p>${more}`);
    }
  })
  .listen(Number(process.env.PORT), () => console.log(`on ${BASE}`));
