const oauth = require('oauth4webapi');
const { Problem } = require('./problems.js');

class Tenant {
  constructor(settings) {
    this.settings = settings;
    this.issuer = new URL(settings.ISSUER_BASE_URL);
    this.insecure = { [oauth.allowInsecureRequests]: this.issuer.protocol === 'http:' };
    this.client = { client_id: settings.CLIENT_ID };
    this.auth = oauth.ClientSecretPost(settings.CLIENT_SECRET);
    this.redirectUri = settings.BASE_URL + '/callback';
    this.scope = [
      'openid', 'profile', 'email',
    ];
  }

  options() {
    return { ...this.insecure, signal: AbortSignal.timeout(8000) };
  }

  async server() {
    if (this.known && Date.now() < this.lookAgain) return this.known;
    try {
      const response = await oauth.discoveryRequest(this.issuer, this.options());
      this.known = await oauth.processDiscoveryResponse(this.issuer, response);
      this.lookAgain = Date.now() + 10 * 60 * 1000;
    } catch (error) {
      if (!this.known) throw this.explain(error);
      this.lookAgain = Date.now() + 10 * 1000;
    }
    return this.known;
  }

  /** An error of the library as one for the user. */
  explain(error) {
    if (error instanceof Problem) return error;
    console.error(error);
    if (error instanceof oauth.AuthorizationResponseError && error.error === 'access_denied') {
      return new Problem(403, 'You are not logged in. The login was cancelled, or you may not use this app.', '/login', 'Try again');
    }
    if (error instanceof TypeError || error.name === 'TimeoutError') {
      return new Problem(503, 'The login service does not answer.', '/login', 'Try again');
    }
    return new Problem(502, 'The login failed.', '/login', 'Try again');
  }

  async start(returnTo, extra) {
    const server = await this.server();
    const login = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
      returnTo,
      began: Date.now(),
    };
    login.scope = [...new Set([...this.scope, ...extra])].join(' ');
    const url = new URL(server.authorization_endpoint);
    url.search = new URLSearchParams({
      client_id: this.client.client_id,
      response_type: 'code',
      redirect_uri: this.redirectUri,
      scope: login.scope,
      audience: this.settings.AUDIENCE,
      state: login.state,
      nonce: login.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(login.verifier),
      code_challenge_method: 'S256',
    }).toString();
    return { login, url: url.href };
  }

  async finish(query, login) {
    const server = await this.server();
    try {
      const params = oauth.validateAuthResponse(server, this.client, query, login.state);
      const response = await oauth.authorizationCodeGrantRequest(server, this.client, this.auth, params, this.redirectUri, login.verifier, this.options());
      const result = await oauth.processAuthorizationCodeResponse(server, this.client, response, { expectedNonce: login.nonce, requireIdToken: true });
      await oauth.validateApplicationLevelSignature(server, response, this.options());
      const user = oauth.getValidatedIdTokenClaims(result);
      if (Array.isArray(user.aud) && user.aud.length > 1) throw new Problem(502, 'The login failed.', '/login', 'Try again');
      return { user, result };
    } catch (error) {
      throw this.explain(error);
    }
  }

  async goodbye(idToken) {
    const home = this.settings.BASE_URL + '/';
    const server = await this.server().catch(() => null);
    if (!server) return '/';
    if (!server.end_session_endpoint) {
      return this.issuer.href + 'v2/logout?' + new URLSearchParams({ client_id: this.client.client_id, returnTo: home });
    }
    const url = new URL(server.end_session_endpoint);
    url.searchParams.set('client_id', this.client.client_id);
    url.searchParams.set('post_logout_redirect_uri', home);
    if (idToken) url.searchParams.set('id_token_hint', idToken);
    return url.href;
  }
}

module.exports = { Tenant };
