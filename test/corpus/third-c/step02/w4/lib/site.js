const express = require('express');
const render = require('./render.js');
const { Sessions } = require('./sessions.js');
const { Tenant } = require('./tenant.js');
const { Keyring } = require('./keyring.js');
const { Problem } = require('./problems.js');

exports.build = function build(settings) {
  const app = express();
  const sessions = new Sessions(settings);
  const tenant = new Tenant(settings);
  const home = new URL(settings.BASE_URL);
  // Logins under way, by state. They were in the session, and people lost them when the cookie was gone.
  const logins = new Map();

  app.disable('x-powered-by');
  app.use((req, res, next) => {
    res.set('Cache-Control', 'no-store').set('X-Content-Type-Options', 'nosniff').set('X-Frame-Options', 'DENY');
    res.set('Content-Security-Policy', "default-src 'self'; frame-ancestors 'none'");
    req.session = sessions.read(req);
    res.page = (name, data = {}) => {
      const user = req.session?.user;
      res.type('html').send(render(name, {
        user, guest: !user, name: user?.name,
        ...data,
      }));
    };
    next();
  });
  app.use(express.urlencoded({ extended: false }));
  // Posts from elsewhere are turned away.
  app.use((req, res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') return next();
    const origin = req.get('origin');
    const site = req.get('sec-fetch-site') ?? 'none';
    if ((origin && origin !== home.origin) || !['none', 'same-origin'].includes(site)) throw new Problem(403, 'This did not come from our page.');
    next();
  });

  const toLogin = (path) => '/login?returnTo=' + encodeURIComponent(path);
  const members = (req, res, next) => {
    if (req.session?.user) return next();
    res.redirect(303, toLogin(req.method === 'GET' ? req.originalUrl : '/' + req.path.split('/')[1]));
  };
  const inside = (wanted) => {
    if (typeof wanted === 'string' && wanted.startsWith('/')) {
      try {
        const url = new URL(wanted, home);
        const path = url.pathname + url.search;
        const special = ['/login', '/logout', '/callback'].includes(url.pathname);
        if (url.origin === home.origin && new URL(path, home).origin === home.origin && !special) return path;
      } catch {
        // not an address at all
      }
    }
    return '/profile';
  };

  app.get('/', (req, res) => res.page('home'));

  app.get('/login', async (req, res) => {
    const extra = [];
    const { login, url } = await tenant.start(inside(req.query.returnTo), extra);
    logins.set(login.state, login);
    if (logins.size > 5000) logins.delete(logins.keys().next().value);
    res.redirect(303, url);
  });

  const busy = new Map();
  app.get('/callback', async (req, res) => {
    const job = req.url;
    const first = !busy.has(job);
    if (first) busy.set(job, callback(req, res));
    try {
      const { to, session } = await busy.get(job);
      if (!first && session) session.give(res);
      res.redirect(303, to);
    } finally {
      if (first) busy.delete(job);
    }
  });

  async function callback(req, res) {
    const old = req.session;
    const query = new URL(req.url, home).searchParams;
    const state = query.get('state') ?? '';
    const login = logins.get(state);
    logins.delete(state);
    if (!login || Date.now() - login.began > 30 * 60 * 1000) {
      if (old?.user) return { to: '/profile' };
      throw new Problem(400, 'This login is not open any more. Was it begun in another browser, or long ago?', '/login', 'Log in');
    }
    const { user, result } = await tenant.finish(query, login);
    if (old?.loggedOut) throw new Problem(400, 'You have logged out meanwhile.', '/login', 'Log in');
    if (old) sessions.end(old);
    const keys = new Keyring(result, login);
    const session = sessions.create(res, { user, keys });
    return { to: login.returnTo, session };
  }

  app.get('/profile', members, (req, res) => {
    const { user, keys } = req.session;
    res.page('profile', {
      email: user.email,
      sub: user.sub,
      scopes: keys.scope.split(' '),
    });
  });

  app.get('/logout', (req, res) => res.page('home'));
  app.post('/logout', async (req, res) => {
    const { session } = req;
    if (!session) return res.redirect(303, '/');
    const idToken = session.keys?.idToken;
    session.loggedOut = true;
    sessions.end(session);
    session.keys?.forget();
    res.clearCookie('whoami', { path: '/' });
    res.redirect(303, await tenant.goodbye(idToken));
  });

  app.use((req, res, next) => next(new Problem(404, 'There is nothing here.')));
  app.use((error, req, res, next) => {
    if (res.headersSent) return next(error);
    let problem = error;
    if (!(error instanceof Problem)) {
      console.error(error);
      const client = error.status >= 400 && error.status < 500;
      problem = client ? new Problem(error.status, 'This request was not right.') : new Problem(500, 'We made a mistake.');
    }
    res.status(problem.status).page('problem', { text: problem.message, href: problem.href, label: problem.label });
  });
  return app;
};
