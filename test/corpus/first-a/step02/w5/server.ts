import express from 'express';
import { MemoryStore } from 'express-session';
import { auth } from 'express-openid-connect';

const { PORT, BASE_URL, ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET, AUDIENCE, SESSION_SECRET } = process.env as Record<string, string>;

const app = express();
app.disable('x-powered-by');
app.use((_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  res.set('X-Content-Type-Options', 'nosniff');
  res.set('X-Frame-Options', 'DENY');
  next();
});

app.use(
  auth({
    baseURL: BASE_URL,
    issuerBaseURL: ISSUER_BASE_URL,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    clientAuthMethod: 'client_secret_post',
    secret: SESSION_SECRET,
    authRequired: false,
    authorizationParams: {
      audience: AUDIENCE,
      scope: 'openid profile email',
    },
    routes: { login: false, logout: false, callback: '/callback' },
    // The tokens stay here; the cookie has the session's identifier only.
    session: { store: new MemoryStore() as any },
  }),
);

const escape = (text: unknown) => String(text ?? '').replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const page = (title: string, body: string, user?: unknown) => `<!doctype html>
<meta charset="utf-8"><title>${title}</title>
<nav><a href="/">Home</a> ${
  user ? '<a href="/profile">Profile</a> <form method="post" action="/logout"><button>Log out</button></form>' : '<a href="/login">Log in</a>'
}</nav>
<h1>${title}</h1>${body}`;

function returnTo(value: unknown): string {
  if (typeof value !== 'string' || !value.startsWith('/') || !URL.canParse(value, BASE_URL)) return '/profile';
  const url = new URL(value, BASE_URL);
  const path = url.pathname + url.search + url.hash;
  return url.origin === new URL(BASE_URL!).origin && !/^\/[\\/]/.test(path) ? path : '/profile';
}

app.get('/', (req, res) => {
  res.send(page('Call Your API', req.oidc.isAuthenticated() ? `<p>Hello ${escape(req.oidc.user?.name)}</p>` : '<p>Hello!</p>', req.oidc.user));
});

app.get('/login', (req, res) => res.oidc.login({ returnTo: returnTo(req.query.returnTo) }));

app.get('/profile', (req, res) => {
  if (!req.oidc.isAuthenticated()) return res.redirect(303, '/login?returnTo=/profile');
  const { user } = req.oidc;
  const scope = (req as any).appSession?.scope ?? '';
  res.send(page('Profile', `<p>${escape(user?.name)} (${escape(user?.email)})</p><p>Scopes: ${escape(scope)}</p>`, user));
});

app.get('/logout', (req, res) => {
  res.send(page('Log out', '<form method="post" action="/logout"><button>Log out</button></form>', req.oidc.user));
});
app.post('/logout', (req, res) => {
  const from = req.get('sec-fetch-site') ?? 'same-origin';
  if (from !== 'same-origin' && from !== 'none') return res.status(403).send(page('Not from here', ''));
  return res.oidc.logout({ returnTo: `${BASE_URL}/` });
});

app.use((_req, res) => void res.status(404).send(page('Not found', '')));
app.use((error: any, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
  console.error(error);
  const status = error.status ?? error.statusCode ?? 500;
  res.status(status).send(page('You are not logged in', '<p>The log-in did not work. <a href="/login">Try again</a></p>'));
});

app.listen(PORT, () => console.log(`listening on ${PORT}`));
