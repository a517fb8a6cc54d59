import express, { type NextFunction, type Request, type Response } from 'express';
import session from 'express-session';
import { auth } from 'express-openid-connect';

const { PORT, BASE_URL, ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET, AUDIENCE, SESSION_SECRET } = process.env as Record<string, string>;

const app = express();
app.disable('x-powered-by');

app.use((req, res, next) => {
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
    idpLogout: true,
    // tokens stay here, the cookie has an identifier only
    session: { store: new session.MemoryStore() as never, name: 'planner' },
    routes: { login: false, logout: false, postLogoutRedirect: BASE_URL + '/' },
    authorizationParams: {
      scope: 'openid profile email',
      audience: AUDIENCE,
    },
  }),
);

const text = (value: unknown) =>
  String(value ?? '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function layout(req: Request, title: string, inner: string) {
  const menu = req.oidc?.isAuthenticated()
    ? '<a href="/profile">Profile</a> <form action="/logout" method="post"><button>Log out</button></form>'
    : '<a href="/login">Log in</a>';
  return `<!DOCTYPE html><title>${text(title)}</title><p><a href="/">Planner</a> ${menu}</p><h1>${text(title)}</h1>${inner}`;
}

// Only pages of ours
function target(wanted: unknown): string {
  try {
    const url = new URL(String(wanted), BASE_URL);
    const path = url.pathname + url.search;
    if (url.origin === new URL(BASE_URL).origin && String(wanted).startsWith('/') && !path.startsWith('//')) return path;
  } catch {
    // no address
  }
  return '/profile';
}

app.get('/', (req, res) => {
  res.send(layout(req, 'Planner', '<p>Plan your day.</p>'));
});

app.get('/login', (req, res) => res.oidc.login({ returnTo: target(req.query.returnTo ?? '/profile') }));

app.get('/profile', (req, res) => {
  if (!req.oidc.isAuthenticated()) return res.redirect(303, '/login?returnTo=%2Fprofile');
  const granted = (req.oidc.accessToken as { scope?: string } | undefined)?.scope ?? '';
  res.send(
    layout(
      req,
      'Profile',
      `<p>${text(req.oidc.user?.name)}, ${text(req.oidc.user?.email)}</p><p>Granted: ${text(granted)}</p>`,
    ),
  );
});

app.post('/logout', (req, res) => {
  const origin = req.get('origin');
  if (origin && origin !== new URL(BASE_URL).origin) return res.status(403).send(layout(req, 'Not from here', ''));
  res.oidc.logout({ returnTo: BASE_URL + '/' });
});

app.use((req, res) => {
  res.status(404).send(layout(req, 'Not found', ''));
});

app.use((error: Error & { status?: number; error?: string }, req: Request, res: Response, next: NextFunction) => {
  console.error(error);
  const status = error.error === 'access_denied' ? 403 : error.status ?? 500;
  const title = status === 403 ? 'You are not logged in' : 'The login did not work';
  res.status(status).send(layout(req, title, '<p><a href="/login">Try again</a></p>'));
});

app.listen(Number(PORT));
