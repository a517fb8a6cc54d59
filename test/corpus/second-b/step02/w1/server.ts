// Front door. Everything that knows OAuth is in tenant.js, everything that knows HTML in html.js.
const express = require('express');
const session = require('express-session');
const tenant = require('./tenant');
const html = require('./html');

const { PORT, BASE_URL, SESSION_SECRET } = process.env;
const web = express();
web.disable('x-powered-by');
web.use((req, res, next) => {
  res.set({
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Content-Security-Policy': "default-src 'self'; frame-ancestors 'none'",
  });
  next();
});
web.use(
  session({
    name: 'sid',
    secret: SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: BASE_URL.startsWith('https:') },
  }),
);
web.use(express.urlencoded({ extended: false, limit: '20kb' }));

// A form of another site must not work with our user's cookie.
web.use((req, res, next) => {
  if (req.method === 'GET' || req.method === 'HEAD') return next();
  const site = req.get('sec-fetch-site');
  const origin = req.get('origin');
  if (site && site !== 'same-origin' && site !== 'none') throw html.problem(403, 'Not from here', 'This form was sent by another site.');
  if (origin && origin !== new URL(BASE_URL).origin) throw html.problem(403, 'Not from here', 'This form was sent by another site.');
  next();
});

/** Where to go after the login: an address of this site, as a path or in full. */
function wayBack(wanted) {
  if (typeof wanted !== 'string' || wanted === '') return '/profile';
  const full = wanted.startsWith('/') ? BASE_URL + wanted : wanted;
  return full.startsWith(BASE_URL) ? full : '/profile';
}

const saved = (req) => new Promise((ok, no) => req.session.save((e) => (e ? no(e) : ok())));
const renewed = (req) => new Promise((ok, no) => req.session.regenerate((e) => (e ? no(e) : ok())));
const dropped = (req) => new Promise((ok, no) => req.session.destroy((e) => (e ? no(e) : ok())));

// Logins under way: session id -> (state -> what we need at the callback)
const underWay = new Map();
setInterval(() => {
  for (const [sid, slots] of underWay) {
    for (const [state, slot] of slots) if (slot.at < Date.now() - 15 * 60_000) slots.delete(state);
    if (slots.size === 0) underWay.delete(sid);
  }
}, 60_000).unref();

const members = (req, res, next) => (req.session.user ? next() : res.redirect(303, '/login?returnTo=' + encodeURIComponent(req.method === 'GET' ? req.originalUrl : '/profile')));

web.get('/', (req, res) => res.send(html.page('Welcome', html.home(req.session.user), req.session.user)));

web.get('/login', async (req, res) => {
  const slot = { ...tenant.secrets(), returnTo: wayBack(req.query.returnTo), at: Date.now() };
  const address = await tenant.loginAddress(slot, String(req.query.scope ?? '').split(' '));
  const slots = underWay.get(req.sessionID) ?? new Map();
  slots.set(slot.state, slot);
  while (slots.size > 12) slots.delete(slots.keys().next().value);
  underWay.set(req.sessionID, slots);
  req.session.began = true;
  await saved(req);
  res.redirect(303, address);
});

const atWork = new Map();
web.get('/callback', async (req, res) => {
  const key = req.sessionID + ' ' + req.originalUrl;
  let work = atWork.get(key);
  if (!work) {
    work = arrive(req).finally(() => atWork.delete(key));
    atWork.set(key, work);
  }
  const { to, login } = await work;
  if (login) {
    const slots = underWay.get(req.sessionID);
    const refused = req.session.refused;
    if (req.session.grant && req.session.grant !== login.grant) tenant.forget(req.session.grant);
    await renewed(req);
    if (slots) underWay.set(req.sessionID, slots);
    req.session.user = login.user;
    req.session.grant = login.grant;
    if (refused) req.session.backSince = Date.now();
    await saved(req);
  }
  res.redirect(303, to);
});

async function arrive(req) {
  const slots = underWay.get(req.sessionID);
  const slot = slots?.get(String(req.query.state));
  if (!slot) {
    if (req.session.user) return { to: '/profile' };
    throw html.problem(400, 'This login is no longer open', 'It was finished before, or it began in another browser.', '/login', 'Log in');
  }
  slots.delete(slot.state);
  const login = await tenant.finishLogin(req.query, slot);
  return { to: slot.returnTo, login };
}

web.get('/profile', members, (req, res) => {
  const scopes = tenant.scopesOf(req.session.grant);
  res.send(html.page('Your profile', html.profile(req.session.user, scopes), req.session.user));
});

web.get('/logout', (req, res) => res.send(html.page('Log out', html.logout(), req.session.user)));
web.post('/logout', async (req, res) => {
  const to = await tenant.goodbye(req.session.grant);
  tenant.forget(req.session.grant);
  underWay.delete(req.sessionID);
  await dropped(req);
  res.clearCookie('sid');
  res.redirect(303, to);
});

web.use((req, res) => {
  throw html.problem(404, 'Not found', 'There is no such page.');
});
web.use((e, req, res, next) => {
  if (res.headersSent) return next(e);
  const known = e.isProblem || (e.status >= 400 && e.status < 500);
  if (!known) console.error(e);
  const p = e.isProblem ? e : html.problem(known ? e.status : 500, 'Something went wrong', 'Please try again.');
  res.status(p.status).send(html.page(p.title, html.trouble(p), req.session?.user));
});

web.listen(Number(PORT), () => console.log('up on ' + BASE_URL));
