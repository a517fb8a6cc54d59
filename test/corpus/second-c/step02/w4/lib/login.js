const crypto = require('node:crypto');
const { Router } = require('express');
const passport = require('passport');
const OAuth2Strategy = require('passport-oauth2');
const accounts = require('./accounts');
const fail = require('./fail');
const { issuer, places, claimsOf } = require('./tenant');

const base = process.env.BASE_URL;
const again = { href: '/login', text: 'Log in' };
const random = () => crypto.randomBytes(24).toString('base64url');

// The log-ins that have begun, by their state.
const waiting = new Map();

const store = {
  store(req, verifier, state, meta, done) {
    const handle = random();
    waiting.set(handle, { verifier, ...req.startOfLogin });
    setTimeout(() => waiting.delete(handle), 10 * 60 * 1000).unref();
    done(null, handle);
  },
  verify(req, state, meta, done) {
    done(null, req.login_.verifier, state);
  },
};

class Auth0 extends OAuth2Strategy {
  constructor() {
    super(
      {
        authorizationURL: places.authorize,
        tokenURL: places.token,
        clientID: process.env.CLIENT_ID,
        clientSecret: process.env.CLIENT_SECRET,
        callbackURL: `${base}/callback`,
        scope: [
          'openid', 'profile', 'email',
        ],
        pkce: 'S256',
        store,
        skipUserProfile: true,
        passReqToCallback: true,
      },
      (req, accessToken, refreshToken, params, profile, done) => {
        claimsOf(params.id_token, req.login_.nonce).then(
          (claims) => done(null, { claims, params, accessToken, refreshToken }),
          (err) => done(Object.assign(fail(502, 'The tenant did not say who you are.', again), { cause: err })),
        );
      },
    );
    this.name = 'auth0';
  }

  authorizationParams(options) {
    return { audience: process.env.AUDIENCE, nonce: options.nonce };
  }
}
passport.use(new Auth0());

/** Passport tells by callbacks; this makes a promise of them. */
const authenticate = (req, res, next) =>
  new Promise((resolve, reject) => {
    const out = setTimeout(() => reject(fail(503, 'The tenant does not answer.', again)), 8000);
    passport.authenticate('auth0', { session: false }, (err, user) => {
      clearTimeout(out);
      if (err) reject(err);
      else if (!user) reject(fail(400, 'You are not logged in.', again));
      else resolve(user);
    })(req, res, next);
  });

function backTo(wanted) {
  const ours = new URL(base);
  if (typeof wanted !== 'string' || wanted[0] !== '/' || !URL.canParse(wanted, ours)) return '/profile';
  const url = new URL(wanted, ours);
  if (url.origin !== ours.origin || url.pathname.startsWith('//')) return '/profile';
  return url.pathname + url.search;
}

const router = Router();

router.get('/login', (req, res, next) => {
  const nonce = random();
  req.startOfLogin = { nonce, back: backTo(req.query.returnTo) };
  passport.authenticate('auth0', { session: false, nonce })(req, res, next);
});

const atWork = new Map();

router.get('/callback', async (req, res, next) => {
  const key = String(req.query.state);
  if (!atWork.has(key)) atWork.set(key, logIn(req, res, next).finally(() => atWork.delete(key)));
  res.redirect(303, await atWork.get(key));
});

async function logIn(req, res, next) {
  const { state, iss, error } = req.query;
  req.login_ = waiting.get(String(state));
  if (!req.login_) {
    if (req.account) return '/profile';
    throw fail(400, 'This log-in is not open any more.', again);
  }
  waiting.delete(String(state));
  if (iss !== undefined && iss !== issuer) throw fail(400, 'That answer was not from the tenant.', again);
  if (error) throw fail(error === 'access_denied' ? 403 : 502, 'You are not logged in.', again);
  if (!req.query.code) throw fail(400, 'The answer has no code.', again);

  let user;
  try {
    user = await authenticate(req, res, next);
  } catch (err) {
    if (err.show) throw err;
    console.error(err);
    throw err.code === 'invalid_grant' ? fail(400, 'The log-in failed.', again) : fail(503, 'The tenant has a problem.', again);
  }
  const account = accounts.open(user.claims, { access: user.accessToken, scope: user.params.scope });
  accounts.close(req.account);
  await new Promise((resolve, reject) => req.session.regenerate((err) => (err ? reject(err) : resolve())));
  req.session.account = account.number;
  await new Promise((resolve, reject) => req.session.save((err) => (err ? reject(err) : resolve())));
  return req.login_.back;
}

router.post('/logout', (req, res, next) => {
  accounts.close(req.account);
  req.session.destroy((err) => {
    if (err) return next(err);
    res.clearCookie('connect.sid');
    const query = new URLSearchParams({ client_id: process.env.CLIENT_ID, returnTo: `${base}/` });
    res.redirect(303, `${places.logout}?${query}`);
  });
});

module.exports = router;
