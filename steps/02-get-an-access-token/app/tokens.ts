import type { TokenEndpointResponse } from 'openid-client';
import { MemoryTokenStore, type TokenStore } from './hardening/token-store';

/** What the tenant issued to one session. It never leaves the server. */
export interface Tokens {
  /** Counts what was stored for this session: 1 at the login. */
  version: number;
  access_token: string;
  /** Space-separated; what was granted may be less than what was asked for (RFC 6749, section 3.3). */
  scope: string | undefined;
}

/** The session has no tokens that work: only a login brings some. */
export class LoginNeeded extends Error {
  override name = 'LoginNeeded';
}

/** The tokens of each session, separate from its data: a slow request writes that back as it was, old tokens included. */
export class SessionTokens {
  constructor(private readonly store: TokenStore<Tokens> = new MemoryTokenStore()) {}

  /** Stores what a login brought. */
  keep = (id: string, response: TokenEndpointResponse) =>
    this.store.put(id, { version: 1, access_token: response.access_token, scope: response.scope });
  of = (id: string) => this.store.get(id);
  forget = (id: string) => this.store.delete(id);

  /** Runs something with the access token: step 03 calls the API with it. @throws LoginNeeded */
  async withAccessToken<T>(id: string, work: (accessToken: string) => Promise<T>): Promise<T> {
    const tokens = await this.store.get(id);
    if (!tokens) throw new LoginNeeded('the session has no tokens');
    return work(tokens.access_token);
  }
}
