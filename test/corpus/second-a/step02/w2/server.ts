import http from 'node:http';
import express from 'express';
import { auth, requiresAuth } from 'express-openid-connect';

const app = express();
app.set('trust proxy', 1);

// Sessions in memory: the cookie holds an id only.
const saved = new Map<string, any>();
const store = {
  get: (sid: string, cb: any) => cb(null, saved.get(sid)),
  set: (sid: string, data: any, cb?: any) => { saved.set(sid, data); cb?.(null); },
  destroy: (sid: string, cb?: any) => { saved.delete(sid); cb?.(null); },
};

app.use((req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
});

app.use(
  auth({
    baseURL: process.env.BASE_URL,
    issuerBaseURL: process.env.ISSUER_BASE_URL,
    clientID: process.env.CLIENT_ID,
    clientSecret: process.env.CLIENT_SECRET,
    secret: process.env.SESSION_SECRET,
    clientAuthMethod: 'client_secret_post',
    authRequired: false,
    auth0Logout: false,
    idpLogout: true,
    routes: { login: false },
    session: { store: store as any, cookie: { sameSite: 'Lax' } },
    transactionCookie: { sameSite: 'Lax' },
    authorizationParams: {
      audience: process.env.AUDIENCE,
      scope: 'openid profile email',
    },
  }),
);

const esc = (s: unknown) => String(s ?? '').replace(/[&<>"]/g, (c) => '&#' + c.charCodeAt(0) + ';');
const page = (title: string, body: string) => `<!doctype html><title>${title}</title><nav><a href="/">Home</a> <a href="/profile">Profile</a> <a href="/login">Log in</a> <a href="/logout">Log out</a></nav><h1>${title}</h1>${body}`;

app.get('/', (req, res) => {
  res.send(page('Home', req.oidc.isAuthenticated() ? `<p>Hi ${esc(req.oidc.user?.name)}</p>` : '<p>You are logged out.</p>'));
});

app.get('/login', (req, res) => {
  const wanted = String(req.query.returnTo ?? '');
  const base = new URL(process.env.BASE_URL!);
  let returnTo = '/profile';
  if (/^\/[a-z]/.test(wanted) && new URL(wanted, base).origin === base.origin) returnTo = new URL(wanted, base).pathname;
  return res.oidc.login({ returnTo });
});

app.get('/profile', (req, res, next) => (req.oidc.isAuthenticated() ? next() : res.redirect(303, '/login?returnTo=/profile')), requiresAuth(), (req, res) => {
  const user = req.oidc.user!;
  const granted = (req.oidc.accessToken as any)?.scope ?? 'openid profile email';
  res.send(page('Profile', `<p>${esc(user.name)}</p><p>${esc(user.email)}</p><p>${esc(user.sub)}</p><p>Scopes: ${esc(granted)}</p>`));
});

app.use((err: any, req: express.Request, res: express.Response, next: express.NextFunction) => {
  if (req.path === '/callback' && req.oidc?.isAuthenticated?.()) return res.redirect(303, '/profile');
  const declined = err.error === 'access_denied';
  res.status(declined ? 403 : err.status ?? 503).send(page(declined ? 'You are not logged in' : 'Login failed', '<p><a href="/login">Try again</a></p>'));
});

http.createServer(app).listen(process.env.PORT);
