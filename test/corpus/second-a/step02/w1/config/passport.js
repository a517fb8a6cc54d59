var Strategy = require('passport-strategy').Strategy;
var client = require('openid-client');
var oidc = require('../lib/oidc');
var fail = require('../lib/fail');

var LOGIN_MINUTES = 30;

// Like passport-auth0, but with PKCE, nonce, and one entry per login in the session instead of one for all.
class TenantStrategy extends Strategy {
  constructor() {
    super();
    this.name = 'tenant';
  }

  authenticate(req, options) {
    var work = options.callback ? this.finish(req) : this.start(req, options);
    work.catch((err) => this.error(err));
  }

  async start(req, options) {
    var config = await oidc.get();
    var state = client.randomState();
    var entry = {
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
      returnTo: options.returnTo,
      time: Date.now()
    };
    var logins = (req.session.logins || []).filter((l) => Date.now() - l.time < LOGIN_MINUTES * 60000).slice(-14);
    req.session.logins = logins.concat([Object.assign({ state: state }, entry)]);
    await new Promise((resolve, reject) => req.session.save((e) => (e ? reject(e) : resolve())));
    var url = client.buildAuthorizationUrl(config, {
      response_type: 'code',
      redirect_uri: process.env.BASE_URL + '/callback',
      scope: options.scope,
      audience: process.env.AUDIENCE,
      state: state,
      nonce: entry.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(entry.verifier),
      code_challenge_method: 'S256'
    });
    this.redirect(url.href, 303);
  }

  async finish(req) {
    var state = req.query.state;
    var login = (req.session.logins || []).find((l) => l.state === state);
    if (!login) return this.fail('no login is open for this state');
    req.session.logins = req.session.logins.filter((l) => l !== login);
    await new Promise((resolve, reject) => req.session.save((e) => (e ? reject(e) : resolve())));
    var tokens;
    try {
      tokens = await client.authorizationCodeGrant(await oidc.get(), new URL(process.env.BASE_URL + req.originalUrl), {
        expectedState: login.state,
        expectedNonce: login.nonce,
        pkceCodeVerifier: login.verifier,
        idTokenExpected: true
      });
    } catch (e) {
      if (e.expose) throw e;
      if (e.error === 'access_denied') throw fail(403, 'You are not logged in', 'The login was cancelled.', { href: '/login', text: 'Log in' });
      console.error(e);
      throw fail(e.error === 'invalid_grant' ? 400 : 502, 'Login failed', 'The login could not be completed.', { href: '/login', text: 'Log in' });
    }
    this.success(Object.assign({}, tokens.claims()), { tokens: tokens, returnTo: login.returnTo });
  }
}

module.exports = function (passport) {
  passport.use(new TenantStrategy());
  passport.serializeUser((user, done) => done(null, user));
  passport.deserializeUser((user, done) => done(null, user));
};
