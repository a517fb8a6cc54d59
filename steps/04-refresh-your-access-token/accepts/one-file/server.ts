import express, { type NextFunction, type Request, type Response } from 'express';
import session from 'express-session';
import * as oidc from 'openid-client';

declare module 'express-session' {
  interface SessionData {
    login: { state: string; nonce: string; verifier: string; next: string };
    user: { name: string; email: string };
  }
}

const env = (name: string) => process.env[name] ?? '';
const base = process.env.BASE_URL ?? `http://localhost:${env('PORT') || 3000}`;
const SCOPE = 'openid profile email offline_access read:appointments create:appointments delete:appointments';

let tenant: Promise<oidc.Configuration> | undefined;
const configuration = () => {
  tenant ??= oidc
    .discovery(
      new URL(env('ISSUER_BASE_URL')),
      env('CLIENT_ID'),
      undefined,
      oidc.ClientSecretPost(env('CLIENT_SECRET')),
      {
        execute: env('ISSUER_BASE_URL').startsWith('http:') ? [oidc.allowInsecureRequests] : [],
        timeout: 4,
      },
    )
    .catch((error) => {
      tenant = undefined;
      throw error;
    });
  return tenant;
};

/** Nothing but a new login helps. */
class Ended extends Error {}

/** The tokens of one login. */
class Tokens {
  #renewal: Promise<string> | undefined;

  constructor(
    private access: string,
    private refresh: string | undefined,
    private readonly sub: string,
  ) {}

  get current(): string {
    return this.access;
  }

  /** @param refused the token that the API did not accept; when it has been replaced meanwhile, there is nothing to do. */
  async after(refused: string): Promise<string> {
    if (this.access !== refused) return this.access;
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renew(): Promise<string> {
    if (this.refresh === undefined) throw new Ended();
    try {
      const fresh = await oidc.refreshTokenGrant(await configuration(), this.refresh);
      if ((fresh.claims()?.sub ?? this.sub) !== this.sub) throw new Ended();
      this.refresh = fresh.refresh_token ?? this.refresh;
      this.access = fresh.access_token;
      return this.access;
    } catch (error) {
      if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant') throw new Ended();
      throw error;
    }
  }
}

const tokens = new Map<string, Tokens>();

const esc = (text: unknown) => String(text).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
const page = (res: Response, body: string, status = 200) =>
  void res.status(status).set('Cache-Control', 'no-store').send(`<!doctype html><title>App</title>${body}`);

/** Only a path of this app: what is sent is compared, since parsing makes "//evil.example" of "/.//evil.example". */
const here = (address: string) =>
  URL.canParse(address, base) && new URL(address, base).origin === new URL(base).origin;
const path = (wanted: unknown) => {
  const { pathname, search } = new URL(here(String(wanted)) ? String(wanted) : '/profile', base);
  return here(pathname + search) ? pathname + search : '/profile';
};
const logIn = (res: Response, next: string) => res.redirect(`/login?next=${encodeURIComponent(next)}`);
const needsUser = (req: Request, res: Response, next: NextFunction) =>
  req.session.user && tokens.has(req.sessionID) ? next() : logIn(res, req.originalUrl);

const app = express();
app.use(
  session({
    secret: env('SESSION_SECRET'),
    resave: false,
    saveUninitialized: false,
    cookie: { sameSite: 'lax', secure: base.startsWith('https:') },
  }),
);

app.get('/', (req, res) => page(res, req.session.user ? 'Welcome back' : '<a href="/login">Log in</a>'));

app.get('/login', async (req, res) => {
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  req.session.login = { state, nonce, verifier, next: path(req.query.next ?? '/profile') };
  const url = oidc.buildAuthorizationUrl(await configuration(), {
    redirect_uri: `${base}/callback`,
    scope: SCOPE,
    audience: env('AUDIENCE'),
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  req.session.save(() => res.redirect(url.href));
});

app.get('/callback', async (req, res) => {
  const { login, user } = req.session;
  if (!login) return user ? res.redirect('/profile') : page(res, 'No login is open here.', 400);
  delete req.session.login;
  const answer = await oidc.authorizationCodeGrant(await configuration(), new URL(req.originalUrl, base), {
    expectedState: login.state,
    expectedNonce: login.nonce,
    pkceCodeVerifier: login.verifier,
  });
  const claims = answer.claims();
  if (!claims) throw new Error('the answer has no ID token');
  // Who has logged out while the tokens were fetched has no session to read again, and remains logged out.
  req.session.reload((gone) => {
    if (gone) return page(res, 'You have logged out. <a href="/login">Log in</a>', 400);
    tokens.delete(req.sessionID);
    req.session.regenerate(() => {
      req.session.user = { name: String(claims.name), email: String(claims.email) };
      tokens.set(req.sessionID, new Tokens(answer.access_token, answer.refresh_token, claims.sub));
      req.session.save(() => res.redirect(login.next));
    });
  });
});

app.get('/profile', needsUser, (req, res) =>
  page(
    res,
    `<dl><dt>Name<dd>${esc(req.session.user?.name)}<dt>E-mail<dd>${esc(req.session.user?.email)}</dl>`,
  ),
);

app.get('/appointments', needsUser, async (req, res) => {
  const mine = tokens.get(req.sessionID);
  if (!mine) return logIn(res, '/appointments');
  try {
    let answer = await list(mine.current);
    if (answer.status === 401) answer = await list(await mine.after(answer.token));
    if (answer.status === 401) throw new Ended();
    if (answer.status === 403) return page(res, `You may not: ${esc(answer.challenge)}`, 403);
    const { appointments } = JSON.parse(answer.body) as { appointments: { title: string }[] };
    page(res, appointments.map(({ title }) => `<p>${esc(title)}</p>`).join(''));
  } catch (error) {
    if (!(error instanceof Ended)) return page(res, 'Your appointments cannot be shown now.', 503);
    tokens.delete(req.sessionID);
    logIn(res, '/appointments');
  }
});

async function list(token: string) {
  const response = await fetch(new URL('/appointments', env('API_URL')), {
    headers: { Authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(2000),
  });
  const challenge = response.headers.get('WWW-Authenticate');
  return { token, status: response.status, challenge, body: await response.text() };
}

app.get('/logout', (_req, res) => page(res, '<form method="post"><button>Log out</button></form>'));
app.post('/logout', (req, res) => {
  tokens.delete(req.sessionID);
  req.session.destroy(() => res.redirect('/'));
});

app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => {
  const ours = error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ClientError;
  page(res, `You are not logged in. <a href="/login">Try again</a>`, ours ? 400 : 502);
});

const port = Number(env('PORT') || 3000);
app.listen(port, '127.0.0.1');
app.listen(port, '::1');
