import * as oauth from 'oauth4webapi';
import { Attempt, Session, Tokens } from './sessions';
import { Trouble } from './trouble';

const http = { [oauth.allowInsecureRequests]: true, signal: () => AbortSignal.timeout(4000) };
const SCOPE = 'openid profile email';

export class Tenant {
  #server?: oauth.AuthorizationServer;
  #client: oauth.Client;
  #secret: oauth.ClientAuth;
  #redirectUri: string;
  constructor(private env: Record<string, string>) {
    this.#client = { client_id: env.CLIENT_ID };
    this.#secret = oauth.ClientSecretPost(env.CLIENT_SECRET);
    this.#redirectUri = `${env.BASE_URL}/callback`;
  }

  async server() {
    try {
      const issuer = new URL(this.env.ISSUER_BASE_URL);
      return (this.#server ??= await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http)));
    } catch {
      throw new Trouble(503, 'The tenant does not answer', 'Try again in a moment.');
    }
  }

  async begin(s: Session, returnTo: string) {
    const url = new URL((await this.server()).authorization_endpoint!);
    const state = oauth.generateRandomState();
    const nonce = oauth.generateRandomNonce();
    const verifier = oauth.generateRandomCodeVerifier();
    for (const name of s.attempts.keys()) if (s.attempts.size >= 20) s.attempts.delete(name);
    s.attempts.set(state, { nonce, verifier, returnTo });
    const parameters = {
      client_id: this.env.CLIENT_ID,
      redirect_uri: this.#redirectUri,
      response_type: 'code',
      scope: SCOPE,
      audience: this.env.AUDIENCE,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  async finish(url: URL, state: string, attempt: Attempt) {
    const server = await this.server();
    try {
      const parameters = oauth.validateAuthResponse(server, this.#client, url, state);
      const response = await oauth.authorizationCodeGrantRequest(server, this.#client, this.#secret, parameters, this.#redirectUri, attempt.verifier, http);
      const result = await oauth.processAuthorizationCodeResponse(server, this.#client, response, { expectedNonce: attempt.nonce, requireIdToken: true });
      await oauth.validateApplicationLevelSignature(server, response, http);
      return { user: oauth.getValidatedIdTokenClaims(result), tokens: this.#tokens(result) };
    } catch (e) {
      if (e instanceof oauth.AuthorizationResponseError) throw new Trouble(403, 'You are not logged in', e.error_description ?? e.error);
      throw new Trouble(502, 'The login failed', 'Please try again.');
    }
  }

  #tokens(r: oauth.TokenEndpointResponse, old?: Tokens): Tokens {
    const issued = Date.now();
    const life = 1000 * (r.expires_in ?? 86400);
    return {
      access: r.access_token,
      refresh: r.refresh_token ?? old?.refresh,
      scope: r.scope ?? old?.scope,
      issued,
      ends: issued + life,
      due: issued + life - Math.min(30000, life / 10),
    };
  }

  logoutUrl() {
    const url = new URL('v2/logout', this.env.ISSUER_BASE_URL);
    url.searchParams.set('client_id', this.env.CLIENT_ID);
    url.searchParams.set('returnTo', this.env.BASE_URL + '/');
    return url.href;
  }
}
