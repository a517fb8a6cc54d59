import * as client from 'openid-client';
import type { Login, Tokens, Visit } from './visits';

const { BASE_URL, ISSUER_BASE_URL = '', CLIENT_ID = '', CLIENT_SECRET = '', AUDIENCE = '' } = process.env;
export const trouble = (status: number, message: string, more = {}) => Object.assign(new Error(message), { status, forUser: true, ...more });

const scopes = ['openid', 'profile', 'email'];

export class Tenant {
  private found?: client.Configuration;

  private async configuration() {
    if (this.found) return this.found;
    const options = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks], timeout: 5 };
    return (this.found = await client
      .discovery(new URL(ISSUER_BASE_URL), CLIENT_ID, CLIENT_SECRET, client.ClientSecretPost(CLIENT_SECRET), options)
      .catch((cause) => { throw trouble(503, 'Logging in is not possible at the moment.', { cause }); }));
  }

  /** Where to send the browser for a log-in, and what to keep meanwhile. */
  async invite() {
    const configuration = await this.configuration();
    const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: `${BASE_URL}/callback`,
      audience: AUDIENCE,
      scope: scopes.join(' '),
      state,
      nonce,
      code_challenge_method: 'S256',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
    });
    return { url: url.href, state, secrets: { nonce, verifier } };
  }

  async redeem(url: URL, expectedState: string, login: Login) {
    const configuration = await this.configuration();
    const checks = { expectedState, expectedNonce: login.nonce, pkceCodeVerifier: login.verifier, idTokenExpected: true };
    const answer = await client.authorizationCodeGrant(configuration, url, checks).catch((cause) => {
      if (cause instanceof client.AuthorizationResponseError) throw trouble(403, 'You are not logged in: the tenant said no.', { cause });
      if (cause instanceof client.ResponseBodyError) throw trouble(400, 'The log-in failed.', { cause });
      if (cause instanceof client.ClientError && cause.code !== 'OAUTH_TIMEOUT') throw trouble(502, 'The log-in failed.', { cause });
      throw trouble(503, 'Logging in is not possible at the moment.', { cause });
    });
    const claims = answer.claims();
    if (!claims) throw trouble(502, 'The log-in failed.');
    return { claims, tokens: this.keep(answer) };
  }

  private keep(answer: client.TokenEndpointResponse): Tokens {
    return { access: answer.access_token, scope: answer.scope ?? scopes.join(' ') };
  }

  async farewell() {
    const configuration = await this.configuration().catch(() => undefined);
    if (configuration?.serverMetadata().end_session_endpoint)
      return client.buildEndSessionUrl(configuration, { post_logout_redirect_uri: `${BASE_URL}/` }).href;
    return `${ISSUER_BASE_URL}v2/logout?${new URLSearchParams({ client_id: CLIENT_ID, returnTo: `${BASE_URL}/` })}`;
  }
}
