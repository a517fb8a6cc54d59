import * as oauth from 'oauth4webapi';
import { ResponseStatusError } from '../web/errorAdvice';

/** ClientRegistrations.fromIssuerLocation(...) */
export class ClientRegistration {
  readonly client: oauth.Client;
  readonly authentication: oauth.ClientAuth;
  readonly scope = [
    'openid', 'profile', 'email',
  ].join(' ');
  #server?: oauth.AuthorizationServer;

  constructor(readonly issuer: string, clientId: string, secret: string, readonly audience: string, readonly redirectUri: string) {
    this.client = { client_id: clientId };
    this.authentication = oauth.ClientSecretPost(secret);
  }

  get options() {
    return { [oauth.allowInsecureRequests]: this.issuer.startsWith('http://'), signal: AbortSignal.timeout(9000) };
  }

  async server(): Promise<oauth.AuthorizationServer> {
    if (this.#server) return this.#server;
    try {
      const issuer = new URL(this.issuer);
      this.#server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, this.options));
      return this.#server;
    } catch (error) {
      console.error('discovery failed', error);
      throw new ResponseStatusError(503, 'Login unavailable', 'The tenant cannot be reached. Try again soon.', { href: '/', text: 'Home' });
    }
  }

  async authorizationUri(state: string, nonce: string, codeVerifier: string) {
    const server = await this.server();
    const uri = new URL(server.authorization_endpoint!);
    const parameters = {
      response_type: 'code',
      client_id: this.client.client_id,
      redirect_uri: this.redirectUri,
      scope: this.scope,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) uri.searchParams.set(name, value);
    return uri.href;
  }

  async exchange(callback: URL, state: string, nonce: string, codeVerifier: string): Promise<oauth.TokenEndpointResponse> {
    const server = await this.server();
    const parameters = oauth.validateAuthResponse(server, this.client, callback, state);
    const response = await oauth.authorizationCodeGrantRequest(server, this.client, this.authentication, parameters, this.redirectUri, codeVerifier, {
      ...this.options,
      additionalParameters: { audience: this.audience },
    });
    const tokens = await oauth.processAuthorizationCodeResponse(server, this.client, response, { expectedNonce: nonce, requireIdToken: true });
    await oauth.validateApplicationLevelSignature(server, response, this.options);
    return tokens;
  }
}
