const express = require('express');
const passport = require('passport');
const OAuth2Strategy = require('passport-oauth2');
import { randomBytes } from 'crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const issuer = process.env.ISSUER_BASE_URL!;
const baseUrl = process.env.BASE_URL!;
const clientID = process.env.CLIENT_ID!;
const clientSecret = process.env.CLIENT_SECRET!;

class Stop extends Error {
  constructor(public code: number, message: string, public more = '') { super(message); }
}
class Again extends Error {} // the user has to log in again

// ------------------------------------------------------------ sessions
interface Login { verifier: string; nonce: string; to: string; answer?: Promise<string> }
interface Session { logins: Map<string, Login>; user?: any; tokens?: any; refreshing?: Promise<any>; bounced?: boolean; last?: boolean }
const sessions = new Map<string, Session>();
const newId = () => randomBytes(24).toString('hex');
const giveCookie = (res: any, id: string) => res.cookie('session', id, { httpOnly: true, sameSite: 'lax', secure: baseUrl.startsWith('https') });

// ------------------------------------------------------------ passport
// passport-oauth2 keeps one login per session only; this store keeps several (tabs!)
const store = {
  store(req: any, verifier: string, state: any, meta: any, done: any) {
    const handle = newId();
    const { logins } = req.session;
    if (logins.size > 15) logins.delete([...logins.keys()][0]);
    logins.set(handle, { verifier, nonce: req.nonce, to: req.to });
    done(null, handle);
  },
  verify(req: any, state: string, meta: any, done: any) {
    const login = req.session.logins.get(state);
    if (!login) return done(null, false, { message: 'unknown state' });
    done(null, login.verifier, login);
  },
};
class TenantStrategy extends OAuth2Strategy {
  authorizationParams(options: any) {
    return { audience: process.env.AUDIENCE, nonce: options.nonce };
  }
}
const keys = createRemoteJWKSet(new URL(issuer + '.well-known/jwks.json'), { timeoutDuration: 4000 });
async function checkIdToken(token: string) {
  const { payload } = await jwtVerify(token, keys, { issuer, audience: clientID, algorithms: ['RS256'], clockTolerance: 10 });
  return payload;
}
const strategy: any = new TenantStrategy(
  {
    authorizationURL: issuer + 'authorize',
    tokenURL: issuer + 'oauth/token',
    clientID,
    clientSecret,
    callbackURL: baseUrl + '/callback',
    scope: ['openid', 'profile', 'email'],
    pkce: 'S256',
    state: true,
    store,
    skipUserProfile: true,
    passReqToCallback: true,
  },
  (req: any, accessToken: string, refreshToken: string, params: any, profile: any, done: any) => {
    checkIdToken(params.id_token).then((claims) => {
      if (claims.nonce !== req.session.logins.get(req.query.state).nonce) throw new Stop(502, 'The login failed', 'wrong nonce');
      done(null, { claims, tokens: tokensOf({ ...params, access_token: accessToken, refresh_token: refreshToken }) });
    }).catch((e) => done(e instanceof Stop ? e : new Stop(502, 'The login failed', 'The ID token is not valid.')));
  },
);
passport.use('tenant', strategy);

function tokensOf(params: any, old?: any) {
  const seconds = params.expires_in ?? 86400;
  return {
    access: params.access_token,
    granted: params.scope ?? old?.granted,
    from: new Date(),
    until: Date.now() + seconds * 1000,
  };
}
const withTimeout = <T>(p: Promise<T>) =>
  Promise.race([p, new Promise<never>((_, no) => setTimeout(() => no(new Stop(503, 'The tenant does not answer', 'Try again later.')), 5000).unref())]);

// ------------------------------------------------------------ html
const e = (s: any) => String(s ?? '').replace(/[<>&"']/g, (c: string) => '&#' + c.charCodeAt(0) + ';');
function html(req: any, title: string, content: string) {
  const u = req.session?.user;
  return `<!doctype html><html lang="en"><title>${e(title)}</title><header><a href="/">Home</a>
${u ? '<a href="/profile">Profile</a>' : '<a href="/login">Login</a>'}
${u ? '<form action="/logout" method="post"><button>Logout</button></form>' : ''}
</header><h1>${e(title)}</h1>${content}</html>`;
}

// ------------------------------------------------------------ routes
const app = express();
app.use(express.urlencoded({ extended: true }));
app.use((req: any, res: any, next: any) => {
  res.set('Cache-Control', 'no-store');
  if (req.method === 'POST' && req.headers.origin && req.headers.origin !== new URL(baseUrl).origin) throw new Stop(403, 'Not allowed', 'Another site sent this.');
  req.id = /\bsession=(\w+)/.exec(req.headers.cookie ?? '')?.[1];
  req.session = sessions.get(req.id);
  next();
});
const member = (req: any, res: any, next: any) => {
  if (req.session?.user) return next();
  res.redirect(303, '/login?returnTo=' + encodeURIComponent(req.method === 'POST' ? '/appointments' : req.originalUrl));
};

app.get('/', (req: any, res: any) => res.send(html(req, 'Home', '<p>This is my first app with Auth0.</p>')));

app.get('/login', (req: any, res: any, next: any) => {
  if (!req.session) {
    const id = newId();
    sessions.set(id, (req.session = { logins: new Map() }));
    giveCookie(res, id);
  }
  req.nonce = newId();
  req.to = ownPath(req.query.returnTo);
  passport.authenticate('tenant', { session: false, nonce: req.nonce })(req, res, next);
});
function ownPath(to: any) {
  const home = new URL(baseUrl);
  if (typeof to !== 'string' || !to.startsWith('/') || !URL.canParse(to, home)) return '/profile';
  const url = new URL(to, home);
  const ok = url.host === home.host && !/^\/\//.test(url.pathname) && !/^\/(login|logout|callback)/.test(url.pathname);
  return ok ? url.pathname + url.search : '/profile';
}

app.get('/callback', async (req: any, res: any) => {
  const login: Login | undefined = req.session?.logins.get(req.query.state);
  if (!login && req.session?.user) return res.redirect(303, '/profile');
  if (!login) throw new Stop(400, 'This login is not open any more', 'Please log in again.');
  login.answer ??= answerFor(req, res).finally(() => req.session.logins.delete(req.query.state)); // the second click waits for the first
  giveCookie(res, await login.answer);
  res.redirect(303, login.to);
});
async function answerFor(req: any, res: any) {
  if (req.query.iss && req.query.iss !== issuer) throw new Stop(400, 'The login failed', 'Wrong issuer.');
  if (!req.query.code && !req.query.error) throw new Stop(400, 'The login failed', 'There is no code.');
  const { claims, tokens } = await withTimeout(new Promise<any>((ok, no) => {
    passport.authenticate('tenant', { session: false }, (err: any, user: any, info: any) => {
      if (err) no(err instanceof Stop ? err : new Stop(502, 'The login failed', 'The tenant did not take it.'));
      else if (!user) no(new Stop(403, 'You are not logged in', info?.message));
      else ok(user);
    })(req, res, no);
  }));
  const id = newId();
  const logins = new Map<string, Login>(req.session.logins);
  logins.delete(req.query.state);
  sessions.set(id, { logins, user: claims, tokens, last: req.session.bounced });
  sessions.delete(req.id);
  return id;
}

app.post('/logout', (req: any, res: any) => {
  sessions.delete(req.id);
  res.clearCookie('session');
  res.redirect(303, `${issuer}v2/logout?client_id=${encodeURIComponent(clientID)}&returnTo=${encodeURIComponent(baseUrl + '/')}`);
});

app.get('/profile', member, (req: any, res: any) => {
  const { user, tokens } = req.session;
  let lines = [`Hello ${user.name}`, `Mail: ${user.email}`, `Scopes: ${tokens?.granted ?? '-'}`];
  res.send(html(req, 'Profile', lines.map((l) => `<p>${e(l)}</p>`).join('')));
});

app.use(() => { throw new Stop(404, 'Not found'); });
app.use((err: any, req: any, res: any, next: any) => {
  if (err instanceof Again && !req.session.last) {
    req.session.bounced = true;
    return res.redirect(303, '/login?returnTo=/appointments');
  }
  if (err instanceof Again) {
    req.session.last = false;
    err = new Stop(502, 'The API does not accept you', 'A new login did not help.');
  }
  if (!(err instanceof Stop)) console.error(err);
  const s = err instanceof Stop ? err : new Stop(500, 'Internal error');
  const link = s.message === 'Not enough permission' ? `/login?returnTo=/appointments&scope=${encodeURIComponent(s.more)}` : '/login';
  res.status(s.code).send(html(req, s.message, `<p>${e(s.more)}</p><a href="${e(link)}">Login</a>`));
});
app.listen(process.env.PORT);
