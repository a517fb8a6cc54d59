import { randomUUID } from 'node:crypto';
import express = require('express');
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { auth, requiresAuth } from 'express-openid-connect';
import { MemoryStore } from './memory-store';
import { drop, peek, put } from './vault';

const { BASE_URL = '', PORT, CLIENT_ID, CLIENT_SECRET, ISSUER_BASE_URL, AUDIENCE, SESSION_SECRET } = process.env;
const SCOPE = 'openid profile email';

const app = express();
const h = (value: unknown) => String(value ?? '').replace(/[<>&"']/g, (c) => `&#${c.codePointAt(0)};`);
const layout = (req: express.Request, title: string, body: string) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${h(title)}</title>
<p><a href="/">Home</a> ${
  req.oidc?.isAuthenticated()
    ? `<a href="/profile">Profile</a>
  <form method="post" action="/logout"><button>Log out</button></form>`
    : '<a href="/login">Log in</a>'
}</p>
<h1>${h(title)}</h1>${body}</html>`;

app.use((_req, res, next) => {
  res.set({ 'Cache-Control': 'no-store', 'X-Frame-Options': 'DENY', 'X-Content-Type-Options': 'nosniff' });
  next();
});

// The library keeps no `scope`: take it from the tenant's answer while it passes by.
const scopes = new Map<string, string>();
const customFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init).catch(() => {
    throw Object.assign(new Error('The login service does not answer.'), { status: 503 });
  });
  if (response.ok && String(init?.body ?? '').includes('grant_type=authorization_code')) {
    const answer: any = await response.clone().json().catch(() => ({}));
    scopes.set(answer.access_token, answer.scope ?? SCOPE);
  }
  return response;
};

app.use(
  auth({
    authRequired: false,
    baseURL: BASE_URL,
    issuerBaseURL: ISSUER_BASE_URL,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    clientAuthMethod: 'client_secret_post',
    secret: SESSION_SECRET,
    authorizationParams: { response_type: 'code', scope: SCOPE, audience: AUDIENCE },
    session: { store: new MemoryStore() as any },
    routes: { login: false, logout: false },
    customFetch,
    afterCallback: async (req, _res, session: any) => {
      const { access_token, refresh_token, expires_at, ...rest } = session;
      const scope = scopes.get(access_token) ?? '';
      scopes.delete(access_token);
      const claims = req.oidc.idTokenClaims!;
      if ([claims.aud].flat().some((aud) => aud !== CLIENT_ID)) throw Object.assign(new Error('not for us'), { status: 400 });
      drop((req as any).appSession?.vault);
      // Tokens have a place of their own, so that a slow request does not write old ones back.
      const vault = randomUUID();
      put(vault, { sub: claims.sub, access_token, refresh_token, scope, got: Date.now(), ends: expires_at * 1000 || Infinity });
      return { ...rest, vault };
    },
  } as any),
);

const own: RequestHandler = (req, res, next) => {
  const site = req.get('sec-fetch-site');
  const origin = req.get('origin');
  if (site ? ['same-origin', 'none'].includes(site) : !origin || origin === new URL(BASE_URL).origin) return next();
  res.status(403).send(layout(req, 'Not from here', '<p>Another site sent this.</p>'));
};
const vaultOf = (req: express.Request): string | undefined => (req as any).appSession?.vault;

app.get('/login', (req, res) =>
  res.oidc.login({
    returnTo: typeof req.query.returnTo === 'string' ? req.query.returnTo : '/profile',
  }),
);
app.post('/logout', own, (req, res) => {
  drop(vaultOf(req));
  res.oidc.logout({ returnTo: BASE_URL });
});

app.get('/', (req, res) => {
  res.send(layout(req, 'Call Your API', req.oidc.isAuthenticated() ? `<p>Hi ${h(req.oidc.user!.name)}</p>` : '<p>Hi stranger</p>'));
});
app.get('/profile', requiresAuth(), (req, res) => {
  const user = req.oidc.user!;
  res.send(
    layout(
      req,
      'Profile',
      `<p>${h(user.name)}, ${h(user.email)}</p>
      <p>Granted: ${h(peek(vaultOf(req))?.scope)}</p>`,
    ),
  );
});

app.use((req, res) => {
  res.status(404).send(layout(req, 'Not found', ''));
});
const failed: ErrorRequestHandler = (error, req, res, next) => {
  if (res.headersSent) return next(error);
  const status = error.status ?? error.cause?.status ?? 500;
  if (status === 500) console.error(error);
  const declined = error.error === 'access_denied';
  res
    .status(status)
    .send(layout(req, declined ? 'You are not logged in' : 'That did not work', `<p>${h(status < 500 && req.path === '/callback' ? 'The login did not succeed.' : error.message)} <a href="/login">Log in</a></p>`));
};
app.use(failed);

app.listen(Number(PORT), () => console.log('up'));
