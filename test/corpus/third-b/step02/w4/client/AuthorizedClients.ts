import * as oauth from 'oauth4webapi';
import type { ClientRegistration } from './ClientRegistration';

/** OAuth2AuthorizedClient: what one session may show to the API */
export interface AuthorizedClient {
  readonly accessToken: string;
  readonly scope: string;
  readonly subject: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}
export class AuthorizationRequired extends Error {}

export class AuthorizedClients {
  readonly #bySession = new Map<string, AuthorizedClient>();
  constructor(private readonly registration: ClientRegistration) {}

  load = (sessionId: string) => this.#bySession.get(sessionId);
  remove = (sessionId: string) => void this.#bySession.delete(sessionId);

  save(sessionId: string, tokens: oauth.TokenEndpointResponse) {
    this.#bySession.set(sessionId, this.#from(tokens, { subject: oauth.getValidatedIdTokenClaims(tokens)!.sub }));
  }

  /** Gives `work` an access token. */
  async authorized<T>(sessionId: string, work: (accessToken: string) => Promise<T>, refused: (error: unknown) => boolean): Promise<T> {
    const client = this.load(sessionId);
    if (!client) throw new AuthorizationRequired();
    return work(client.accessToken);
  }

  #from(tokens: oauth.TokenEndpointResponse, before: Partial<AuthorizedClient> & { subject: string }): AuthorizedClient {
    const now = Date.now();
    const lifetime = (tokens.expires_in ?? 3600) * 1000;
    return {
      accessToken: tokens.access_token,
      scope: tokens.scope ?? before.scope ?? this.registration.scope,
      subject: before.subject,
      issuedAt: before.issuedAt ?? now,
      expiresAt: now + lifetime,
    };
  }
}
