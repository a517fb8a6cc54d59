import * as oidc from 'openid-client';
import { Failure, tryLogin } from './failures';
import type { Settings } from './settings';
import { LOGIN_SCOPES } from './settings';
import type { OpenLogin, Tokens } from './vault';

/** All that is spoken with the tenant. */
export class Identity {
  private configuration: Promise<oidc.Configuration> | undefined;
  private readonly redirectUri: string;

  constructor(private readonly settings: Settings) {
    this.redirectUri = `${settings.baseUrl}/callback`;
  }

  private configure(): Promise<oidc.Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    const execute = [oidc.enableNonRepudiationChecks];
    if (issuer.startsWith('http://')) execute.push(oidc.allowInsecureRequests);
    this.configuration ??= oidc
      .discovery(new URL(issuer), clientId, undefined, oidc.ClientSecretPost(clientSecret), { execute, timeout: 5 })
      .catch((error) => {
        this.configuration = undefined;
        throw this.explain(error);
      });
    return this.configuration;
  }

  private explain(error: unknown): Error {
    console.error('tenant:', error);
    if (error instanceof oidc.AuthorizationResponseError && error.error === 'access_denied') {
      return new Failure(403, 'You are not logged in', 'The log-in was cancelled or not allowed.', tryLogin);
    }
    if (error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError) {
      return new Failure(400, 'The log-in failed', 'The tenant did not accept it.', tryLogin);
    }
    const code = (error as { code?: string }).code;
    if (error instanceof TypeError || code === 'OAUTH_TIMEOUT' || code === 'OAUTH_RESPONSE_IS_NOT_CONFORM') {
      return new Failure(503, 'The tenant does not answer', 'Logging in is not possible just now.', tryLogin);
    }
    return new Failure(502, 'The log-in failed', 'The answer of the tenant was not right.', tryLogin);
  }

  async authorize(extraScopes: string[]): Promise<{ state: string; login: Pick<OpenLogin, 'nonce' | 'verifier'>; url: string }> {
    const configuration = await this.configure();
    const state = oidc.randomState();
    const login = { nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() };
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: this.redirectUri,
      audience: this.settings.audience,
      scope: [
        ...new Set([
          ...LOGIN_SCOPES,
          ...extraScopes,
        ]),
      ].join(' '),
      state,
      nonce: login.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(login.verifier),
      code_challenge_method: 'S256',
    });
    return { state, login, url: url.href };
  }

  async redeem(pathAndQuery: string, state: string, login: OpenLogin) {
    const configuration = await this.configure();
    const response = await oidc
      .authorizationCodeGrant(configuration, new URL(this.settings.baseUrl + pathAndQuery), {
        expectedState: state,
        expectedNonce: login.nonce,
        pkceCodeVerifier: login.verifier,
        idTokenExpected: true,
      })
      .catch((error) => {
        throw this.explain(error);
      });
    const claims = response.claims();
    if (!claims) throw new Failure(502, 'The log-in failed', 'The tenant did not say who you are.', tryLogin);
    return { claims, tokens: this.toTokens(response, claims.sub) };
  }

  private toTokens(response: oidc.TokenEndpointResponse, subject: string, old?: Tokens): Tokens {
    return {
      accessToken: response.access_token,
      scope: response.scope ?? old?.scope ?? '',
    };
  }

  async logoutUrl(): Promise<string> {
    const { issuer, clientId, baseUrl } = this.settings;
    const home = `${baseUrl}/`;
    const configuration = await this.configure().catch(() => undefined);
    if (!configuration) return '/';
    if (configuration.serverMetadata().end_session_endpoint) {
      return oidc.buildEndSessionUrl(configuration, { post_logout_redirect_uri: home }).href;
    }
    return `${issuer}v2/logout?${new URLSearchParams({ client_id: clientId, returnTo: home })}`;
  }
}
