import * as oidc from 'openid-client';
import type { Settings } from '../core/Settings';
import { Failure, LOGIN_AGAIN } from '../core/Failure';
import type { Grant } from './GrantRepository';
import type { Transaction } from './TransactionRepository';

export class TenantGateway {
  private static readonly SCOPES = [
    'openid',
    'profile',
    'email',
  ];
  private static readonly ON_DEMAND = ['read:appointments', 'create:appointments', 'delete:appointments'];
  private configuration?: Promise<oidc.Configuration>;

  constructor(private readonly settings: Settings) {}

  private get redirectUri(): string {
    return new URL('/callback', this.settings.baseUrl).href;
  }

  /** Discovery once; a failed one is tried again by the next who asks. */
  private discovered(): Promise<oidc.Configuration> {
    this.configuration ??= oidc
      .discovery(
        this.settings.issuer,
        this.settings.clientId,
        undefined,
        oidc.ClientSecretPost(this.settings.clientSecret),
        { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks], timeout: 5 },
      )
      .catch((cause) => {
        this.configuration = undefined;
        throw this.explain(cause);
      });
    return this.configuration;
  }

  async begin(target: string, asked: string[]): Promise<{ state: string; transaction: Transaction; address: string }> {
    const configuration = await this.discovered();
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const verifier = oidc.randomPKCECodeVerifier();
    const scopes = new Set([...TenantGateway.SCOPES, ...TenantGateway.ON_DEMAND.filter((scope) => asked.includes(scope))]);
    const address = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: this.redirectUri,
      scope: [...scopes].join(' '),
      audience: this.settings.audience,
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).href;
    return { state, transaction: { nonce, verifier, target, begunAt: Date.now() }, address };
  }

  async complete(query: string, state: string, transaction: Transaction): Promise<{ user: Record<string, unknown> & { sub: string }; grant: Grant }> {
    const configuration = await this.discovered();
    const current = new URL(this.redirectUri);
    current.search = query;
    try {
      const answer = await oidc.authorizationCodeGrant(configuration, current, {
        expectedState: state,
        expectedNonce: transaction.nonce,
        pkceCodeVerifier: transaction.verifier,
        idTokenExpected: true,
      });
      const user = answer.claims();
      if (!user) throw new Failure(502, 'No ID token', 'The tenant did not say who you are.', LOGIN_AGAIN);
      return { user, grant: this.grantOf(answer, user.sub) };
    } catch (cause) {
      throw this.explain(cause);
    }
  }

  async farewell(idToken: string | undefined): Promise<string> {
    try {
      const configuration = await this.discovered();
      if (!configuration.serverMetadata().end_session_endpoint) return '/';
      return oidc.buildEndSessionUrl(configuration, {
        post_logout_redirect_uri: new URL('/', this.settings.baseUrl).href,
        ...(idToken === undefined ? {} : { id_token_hint: idToken }),
      }).href;
    } catch {
      return '/';
    }
  }

  private grantOf(answer: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers, subject: string, before?: Grant): Grant {
    const now = Date.now();
    const seconds = answer.expires_in;
    const expiresAt = seconds === undefined ? undefined : now + seconds * 1000;
    return {
      revision: (before?.revision ?? 0) + 1,
      subject,
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token ?? before?.refreshToken,
      idToken: answer.id_token ?? before?.idToken,
      scope: answer.scope ?? before?.scope ?? '',
      issuedAt: before?.issuedAt ?? now,
      refreshedAt: before && now,
      expiresAt,
      renewAt: expiresAt === undefined ? undefined : expiresAt - Math.min(30_000, (expiresAt - now) / 10),
    };
  }

  private explain(cause: unknown): Failure {
    if (cause instanceof Failure) return cause;
    if (cause instanceof oidc.AuthorizationResponseError) {
      return new Failure(403, 'You are not logged in', 'You declined, or the tenant did not let you in.', { href: '/login', text: 'Log in' });
    }
    console.error('tenant:', (cause as Error)?.message);
    const code = (cause as { code?: string })?.code ?? '';
    if (cause instanceof TypeError || ['OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_PARSE_ERROR'].includes(code)) {
      return new Failure(503, 'The tenant does not answer', 'Please try again in a while.');
    }
    return new Failure(502, 'The login failed', 'The answer of the tenant was not what it should be.', LOGIN_AGAIN);
  }
}
