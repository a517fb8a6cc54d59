const http = require('node:http');
const tenant = require('./lib/tenant');
const visitors = require('./lib/visitors');
const { html, fill, Failure } = require('./lib/render');
const { keep } = require('./lib/keyring');

const { BASE_URL, PORT } = process.env;
const HOME = new URL(BASE_URL);
const SCOPES = ['openid', 'profile', 'email'];
const LOG_IN = { to: '/login', name: 'Log in' };
const PENDING = 20;

function go(res, to) {
  res.writeHead(303, { Location: to }).end();
}

function show(res, title, content, user, status = 200) {
  res.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' }).end(fill(title, content, user));
}

/** Where to go after the login: a path here, and nothing else. */
function ownPath(wanted) {
  if (!wanted || !wanted.startsWith('/') || !URL.canParse(wanted, HOME)) return '/profile';
  const url = new URL(wanted, HOME);
  const path = url.pathname + url.search;
  return url.origin === HOME.origin && !/^\/[/\\]/.test(path) ? path : '/profile';
}

function start(req, res, { visitor }) {
  const greeting = visitor?.user ? html`<p>Welcome, ${visitor.user.name ?? visitor.user.email}.</p>` : html`<p>Please log in.</p>`;
  show(res, 'Your calendar', greeting, visitor?.user);
}

async function login(req, res, { visitor, url }) {
  const scope = SCOPES.join(' ');
  const begun = await tenant.startLogin(scope).catch(() => {
    throw new Failure(503, 'The tenant is away', 'Nobody can log in just now. Try again soon.', LOG_IN);
  });
  visitor ??= visitors.create();
  visitors.setCookie(res, visitor);
  const back = ownPath(url.searchParams.get('returnTo'));
  visitor.logins.set(begun.state, { nonce: begun.nonce, verifier: begun.verifier, back, at: Date.now() });
  while (visitor.logins.size > PENDING) visitor.logins.delete(visitor.logins.keys().next().value);
  go(res, begun.url);
}

/** Callbacks being worked on, and for a moment those just done: a second click ends where the first one did. */
const callbacks = new Map();

async function callback(req, res, { visitor, url }) {
  const key = `${visitors.identifier(req)} ${req.url}`;
  let work = callbacks.get(key);
  if (!work) {
    work = finish(visitor, url.searchParams);
    callbacks.set(key, work);
    const later = () => void setTimeout(() => callbacks.delete(key), 2000).unref();
    work.then(later, later);
  }
  const { member, back } = await work;
  visitors.setCookie(res, member);
  go(res, back);
}

async function finish(visitor, query) {
  const state = query.get('state') ?? '';
  const begun = visitor?.logins.get(state);
  visitor?.logins.delete(state);
  if (!begun || begun.at < Date.now() - 3600_000) {
    if (visitor?.user) return { member: visitor, back: '/profile' };
    throw new Failure(400, 'No such login', 'It was begun in another browser, or it is over.', LOG_IN);
  }
  let login;
  try {
    if (query.has('error')) throw new Failure(403, 'You are not logged in', `The tenant said ${query.get('error')}.`, LOG_IN);
    login = await tenant.finishLogin(query, begun);
  } catch (error) {
    if (error instanceof Failure) throw error;
    console.warn(`login failed: ${error.message}`);
    const theirs = !(error instanceof tenant.TenantError) || error.status >= 500;
    throw new Failure(theirs ? 502 : 400, 'The login failed', 'The tenant did not confirm who you are.', LOG_IN);
  }
  // Who logged out in the meantime stays logged out.
  if (visitor.ended) throw new Failure(400, 'No such login', 'You have logged out meanwhile.', LOG_IN);
  const member = visitors.create({
    logins: visitor.logins,
    user: login.claims,
    tokens: keep(login.answer),
    // A login for which the API had refused the token before.
    forced: Boolean(visitor.sent),
  });
  visitors.forget(visitor);
  return { member, back: begun.back };
}

async function logout(req, res, { visitor }) {
  if (visitor) {
    visitor.ended = true;
    visitors.forget(visitor);
  }
  visitors.setCookie(res);
  go(res, await tenant.endUrl());
}

function profile(req, res, { visitor: { user, tokens } }) {
  show(
    res,
    'Profile',
    html`<table>
      <tr><th>Name</th><td>${user.name}</td></tr>
      <tr><th>E-mail</th><td>${user.email}</td></tr>
      <tr><th>Granted</th><td>${tokens?.scope ?? ''}</td></tr>
    </table>`,
    user,
  );
}

const MEMBERS = true;
const routes = new Map([
  ['GET /', [start]],
  ['GET /login', [login]],
  ['GET /callback', [callback]],
  ['POST /logout', [logout]],
  ['GET /profile', [profile, MEMBERS]],
]);

function isForeign({ headers }) {
  const site = headers['sec-fetch-site'];
  if (site) return site !== 'same-origin' && site !== 'none';
  return headers.origin !== undefined && headers.origin !== HOME.origin;
}

async function read(req) {
  let body = '';
  req.setEncoding('utf8');
  for await (const chunk of req) {
    body += chunk;
    if (body.length > 20_000) throw new Failure(413, 'Too long', 'That is more than a form needs.');
  }
  return new URLSearchParams(body);
}

async function answer(req, res) {
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('X-Frame-Options', 'DENY');
  res.setHeader('Referrer-Policy', 'same-origin');
  const visitor = visitors.find(req);
  try {
    if (!URL.canParse(HOME.origin + req.url)) throw new Failure(400, 'What?', 'That is no address.');
    const url = new URL(HOME.origin + req.url);
    const method = req.method === 'HEAD' ? 'GET' : req.method;
    const [handler, membersOnly] = routes.get(`${method} ${url.pathname}`) ?? [];
    if (!handler) throw new Failure(404, 'Nothing here', 'There is no such page.');
    if (method === 'POST' && isForeign(req)) throw new Failure(403, 'From elsewhere', 'This form is not ours.');
    if (membersOnly && !visitor?.user)
      return go(res, `/login?returnTo=${encodeURIComponent(method === 'GET' ? req.url : '/appointments')}`);
    const form = method === 'POST' ? await read(req) : undefined;
    await handler(req, res, { visitor, url, form });
  } catch (error) {
    if (!(error instanceof Failure)) console.error(error);
    if (res.headersSent) return res.end();
    const { status = 500, title = 'Our mistake', way = { to: '/', name: 'To the start' }, message } = error instanceof Failure ? error : {};
    show(res, title, html`<p>${message ?? 'Something went wrong.'}</p><p><a href="${way.to}">${way.name}</a></p>`, visitor?.user, status);
  }
}

http.createServer(answer).listen(Number(PORT), () => console.log(`${BASE_URL} is open`));
