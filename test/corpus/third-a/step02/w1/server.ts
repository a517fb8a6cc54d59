import express = require('express');
import session = require('express-session');
import passport = require('passport');
import * as client from 'openid-client';
import { Strategy } from 'openid-client/passport';

const { PORT, BASE_URL = '', ISSUER_BASE_URL = '', CLIENT_ID = '', CLIENT_SECRET = '', AUDIENCE = '', SESSION_SECRET = '' } = process.env;
const SCOPE = 'openid profile email';
const origin = new URL(BASE_URL).origin;

type Member = { claims: client.IDToken; scope: string };
type Extra = { members: Map<string, Member & { accessToken: string }> };
const { members }: Extra = { members: new Map() };

class TenantStrategy extends Strategy {
  // Beside PKCE, which the strategy brings, each login gets a state and a nonce.
  authorizationRequestParams(req: express.Request, options: any) {
    const params = new URLSearchParams(super.authorizationRequestParams(req, options) as URLSearchParams);
    params.set('audience', AUDIENCE);
    params.set('state', client.randomState());
    params.set('nonce', client.randomNonce());
    return params;
  }
}

let ready: Promise<void> | undefined;
async function setUp() {
  const config = await client.discovery(new URL(ISSUER_BASE_URL), CLIENT_ID, CLIENT_SECRET, client.ClientSecretPost(CLIENT_SECRET), {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  });
  passport.use(
    'tenant',
    new TenantStrategy({ config, scope: SCOPE, callbackURL: `${origin}/callback` }, (tokens, done) => {
      const claims = tokens.claims();
      if (!claims) return done(null, false);
      members.set(claims.sub, { claims, scope: tokens.scope ?? SCOPE, accessToken: tokens.access_token });
      done(null, { sub: claims.sub });
    }) as any,
  );
}
const configured: express.RequestHandler = (_req, _res, next) => {
  ready ??= setUp().catch((error) => {
    ready = undefined;
    throw error;
  });
  ready.then(() => next(), () => next(Object.assign(new Error('The login service does not answer.'), { status: 503 })));
};

passport.serializeUser((user: any, done) => done(null, user.sub));
passport.deserializeUser((sub: string, done) => done(null, members.has(sub) ? { sub } : false));

const text = (value: unknown) => String(value ?? '').replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const page = (req: express.Request, title: string, body: string) =>
  `<!doctype html><title>${title}</title><nav><a href="/">Home</a> ${
    req.user ? '<a href="/profile">Profile</a> <form method="post" action="/logout"><button>Log out</button></form>' : '<a href="/login">Log in</a>'
  }</nav><h1>${title}</h1>${body}`;
const inside = (path: unknown) => (typeof path === 'string' && /^\/[\w-]+(\/[\w-]+)*$/.test(path) ? path : '/profile');

const app = express();
app.use((_req, res, next) => {
  res.set('Cache-Control', 'no-store').set('X-Frame-Options', 'DENY');
  next();
});
app.use(
  session({
    secret: SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, secure: true, sameSite: 'lax', maxAge: 1000 * 60 * 60 * 24 },
  }),
);
app.use(passport.session());

app.get('/', (req, res) => void res.send(page(req, 'Call Your API', req.user ? '<p>Welcome back</p>' : '<p>Welcome</p>')));

app.get('/login', configured, (req, res, next) => {
  (req.session as any).returnTo = inside(req.query.returnTo);
  passport.authenticate('tenant')(req, res, next);
});

app.get('/callback', configured, (req, res, next) => {
  const to = (req.session as any).returnTo ?? '/profile';
  passport.authenticate('tenant', (error: any, user: any, info: any) => {
    if (error || !user) return res.status(error ? 502 : 400).send(page(req, 'You are not logged in', `<p>${text(info?.message ?? 'The login did not succeed.')}</p>`));
    // passport begins a new session here.
    req.login(user, (failed) => (failed ? next(failed) : res.redirect(to)));
  })(req, res, next);
});

app.get('/profile', (req, res) => {
  const member = req.user && members.get((req.user as any).sub);
  if (!member) return res.redirect('/login?returnTo=/profile');
  const { claims, scope } = member;
  res.send(page(req, 'Profile', `<p>${text(claims.name)}</p><p>${text(claims.email)}</p><p>Scopes: ${text(scope)}</p>`));
});

app.post('/logout', (req, res, next) => {
  if (req.get('origin') && req.get('origin') !== origin) return res.status(403).send(page(req, 'Not from here', ''));
  req.logout((error) => (error ? next(error) : res.redirect(303, '/')));
});

app.use((error: any, req: express.Request, res: express.Response, _next: express.NextFunction) => {
  console.error(error);
  res.status(error.status ?? 500).send(page(req, 'That did not work', `<p>${text(error.status ? error.message : '')}</p>`));
});

app.listen(Number(PORT));
