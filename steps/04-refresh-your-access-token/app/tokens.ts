import * as client from 'openid-client';
import { TokenRefused } from './api-client';
import { PageError } from './errors';
import { MemoryTokenStore, type TokenStore } from './hardening/token-store';

type TokenResponse = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;

/** What the tenant issued to one session. It never leaves the server. Times are milliseconds since the epoch. */
export interface Tokens {
  /** Counts what was stored for this session: 1 at the login, one more at each refresh. */
  version: number;
  access_token: string;
  refresh_token: string | undefined;
  scope: string | undefined;
  sub: string | undefined;
  issuedAt: number;
  refreshedAt: number | undefined;
  /** When to refresh the access token, and when it ends; undefined if the tenant did not say. */
  refreshAt: number | undefined;
  expiresAt: number | undefined;
}

/** The session has no tokens that work: only a login brings some. */
export class LoginNeeded extends Error {
  override name = 'LoginNeeded';
}
const isPast = (moment: number | undefined) => moment !== undefined && Date.now() >= moment;

/** The tokens of each session, separate from its data: a slow request writes that back as it was, old tokens included. */
export class SessionTokens {
  readonly #running = new Map<string, Promise<Tokens>>();

  constructor(
    private readonly tenant: () => Promise<client.Configuration>,
    private readonly store: TokenStore<Tokens> = new MemoryTokenStore(),
  ) {}

  keep = (id: string, response: TokenResponse) => this.store.put(id, tokensFrom(response));
  of = (id: string) => this.store.get(id);
  forget = (id: string) => this.store.delete(id);

  /** Runs something with a valid access token. @throws LoginNeeded */
  async withAccessToken<T>(id: string, work: (accessToken: string) => Promise<T>): Promise<T> {
    const stored = await this.store.get(id);
    if (!stored) throw new LoginNeeded('the session has no tokens');
    // BEGIN SOLUTION 4.2
    // STUB // Task 4.2: refresh in time
    // STUB return work(stored.access_token);
    let tokens = stored;
    if (isPast(stored.refreshAt) && stored.refresh_token !== undefined) {
      tokens = await this.#refresh(id, stored).catch((error) => {
        // The tenant is down, the token still good: the page need not fail.
        if (error instanceof LoginNeeded || error instanceof PageError || isPast(stored.expiresAt))
          throw error;
        return stored;
      });
    }
    try {
      return await work(tokens.access_token);
    } catch (error) {
      if (!(error instanceof TokenRefused) || tokens.refresh_token === undefined) throw error;
      return work((await this.#refresh(id, tokens)).access_token);
    }
    // END SOLUTION
  }

  /** Refreshes once for all requests of a session (RFC 6749, section 6): a rotating refresh token works once. */
  async #refresh(id: string, seen: Tokens): Promise<Tokens> {
    // BEGIN SOLUTION 4.3
    // STUB throw new PageError(501, 'Not built yet', 'Task 4.3 refreshes once for all.');
    const running = this.#running.get(id) ?? this.#renew(id, seen).finally(() => this.#running.delete(id));
    this.#running.set(id, running);
    return running;
    // END SOLUTION
  }

  #renew = (id: string, seen: Tokens) => this.store.exclusively(id, () => this.#renewNow(id, seen));

  async #renewNow(id: string, seen: Tokens): Promise<Tokens> {
    // A late request still holds the tokens from before the last refresh: it gets the new ones.
    const current = await this.store.get(id);
    if (!current) throw new LoginNeeded('the session has ended');
    if (current.version !== seen.version) return current;
    // BEGIN SOLUTION 4.4
    // STUB throw new PageError(501, 'Not built yet', 'Task 4.4 asks the tenant, and saves before use.');
    const response = await this.#ask(id, current.refresh_token ?? '');
    const refreshed = tokensFrom(response, current);
    // OpenID Connect Core, section 12.2: a refreshed ID token must be about the same user.
    if (refreshed.sub !== current.sub) {
      await this.store.delete(id);
      const logIn = { href: '/login', text: 'Log in again' };
      throw new PageError(502, 'The login failed', 'The tenant answered for another user.', logIn);
    }
    // Stored before it is used: the old refresh token is dead by now.
    const stored = await this.store.replace(id, current.version, refreshed);
    if (!stored) throw new LoginNeeded('the session has ended meanwhile');
    return refreshed;
    // END SOLUTION
  }

  async #ask(id: string, refreshToken: string): Promise<TokenResponse> {
    try {
      return await client.refreshTokenGrant(await this.tenant(), refreshToken);
    } catch (error) {
      if (!(error instanceof client.ResponseBodyError) || error.error !== 'invalid_grant') throw error;
      // BEGIN SOLUTION 4.5
      // STUB // Task 4.5: end cleanly when refused
      // STUB throw error;
      // The refresh token expired, was revoked or was used twice: nothing of this login works any more.
      await this.store.delete(id);
      throw new LoginNeeded('the refresh token was refused', { cause: error });
      // END SOLUTION
    }
  }
}

/** @param before the tokens that were refreshed; `expires_in` is in seconds (RFC 6749, section 5.1). */
function tokensFrom(response: TokenResponse, before?: Tokens): Tokens {
  const now = Date.now();
  const expiresAt = response.expires_in === undefined ? undefined : now + response.expires_in * 1000;
  return {
    version: (before?.version ?? 0) + 1,
    access_token: response.access_token,
    // Without rotation the answer has no new refresh token, and the old one goes on.
    refresh_token: response.refresh_token ?? before?.refresh_token,
    scope: response.scope ?? before?.scope,
    sub: response.claims()?.sub ?? before?.sub,
    issuedAt: before?.issuedAt ?? now,
    refreshedAt: before && now,
    // 30 seconds before its end; for a short-lived token a tenth of its life.
    refreshAt: expiresAt && expiresAt - Math.min(30_000, (expiresAt - now) / 10),
    expiresAt,
  };
}
