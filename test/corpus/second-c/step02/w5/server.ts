import express from 'express';
import session from 'express-session';
import { auth, requiresAuth } from 'express-openid-connect';

// Quick start of express-openid-connect, plus the audience of the API.
const app = express();
const store: any = new session.MemoryStore();

app.use(
  auth({
    authRequired: false,
    auth0Logout: true,
    issuerBaseURL: process.env.ISSUER_BASE_URL,
    baseURL: process.env.BASE_URL,
    clientID: process.env.CLIENT_ID,
    clientSecret: process.env.CLIENT_SECRET,
    clientAuthMethod: 'client_secret_post',
    secret: process.env.SESSION_SECRET,
    session: { store },
    routes: { login: false },
    authorizationParams: {
      audience: process.env.AUDIENCE,
      scope: 'openid profile email',
    },
  }),
);

const escapeHtml = (value: unknown) => String(value ?? '').replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const shell = (req: express.Request, body: string) => `<!doctype html><html><head><title>Call Your API</title></head><body>
  <p><a href="/">Home</a> | ${req.oidc.isAuthenticated() ? '<a href="/profile">Profile</a> | <a href="/logout">Log out</a>' : '<a href="/login">Log in</a>'}</p>
  ${body}</body></html>`;

app.use((_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
});

app.get('/', (req, res) => res.send(shell(req, '<h1>Home</h1>')));

app.get('/login', (req, res) => {
  const { returnTo } = req.query;
  const own = typeof returnTo === 'string' && /^\/[\w-]*$/.test(returnTo);
  return res.oidc.login({ returnTo: own ? returnTo : '/profile' });
});

app.get('/profile', requiresAuth(), (req, res) => {
  const { name, email, sub } = req.oidc.user!;
  const scope = (req.oidc.accessToken as any)?.scope ?? '';
  res.send(shell(req, `<h1>Profile</h1><ul><li>${escapeHtml(name)}</li><li>${escapeHtml(email)}</li><li>${escapeHtml(sub)}</li></ul><p>${escapeHtml(scope)}</p>`));
});

app.use((err: any, req: express.Request, res: express.Response, _next: express.NextFunction) => {
  console.error(err);
  res.status(err.status ?? 500).send(`<h1>You are not logged in</h1><p>${escapeHtml(err.error ?? 'Something failed')}</p><a href="/login">Log in</a>`);
});

app.listen(process.env.PORT);
