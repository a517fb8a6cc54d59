import * as client from 'openid-client';
import { TokenRefused } from './api';
import { PageError } from './errors';
import type { Issuer } from './issuer';
import type { TokenStore, Versioned } from './token-store';
import { tokensFrom } from './tokens';

/**
 * Renews access tokens (RFC 6749, section 6). A rotating refresh token works once: whoever sends it twice ends the whole family. So of any number of requests
 * of one session only one refreshes, and the others wait for its result.
 */
export class Refresher {
  readonly #running = new Map<string, Promise<Versioned>>();

  constructor(
    private readonly issuer: Issuer,
    private readonly store: TokenStore,
  ) {}

  /**
   * @param seen the tokens that the request saw; when newer ones are kept by now, those are the answer.
   * @throws TokenRefused when the tenant refuses the refresh token, and only a log-in helps.
   */
  async refresh(sessionId: string, seen: Versioned): Promise<Versioned> {
    // BEGIN SOLUTION 4.3
    // STUB throw new PageError(501, 'Not built yet', 'Task 4.3 refreshes once for all.');
    let running = this.#running.get(sessionId);
    if (!running) {
      running = this.#renew(sessionId, seen).finally(() => this.#running.delete(sessionId));
      this.#running.set(sessionId, running);
    }
    return running;
    // END SOLUTION
  }

  async #renew(sessionId: string, seen: Versioned): Promise<Versioned> {
    // A late request still holds the tokens from before the last refresh: it gets the new ones.
    const current = await this.store.get(sessionId);
    if (!current) throw new TokenRefused('the session has ended');
    if (current.version !== seen.version) return current;
    // BEGIN SOLUTION 4.4
    // STUB throw new PageError(501, 'Not built yet', 'Task 4.4 asks the tenant, and saves before use.');
    const { tokens, version } = current;
    const response = await this.#ask(sessionId, tokens.refresh_token ?? '');
    // OpenID Connect Core, section 12.2: a refreshed ID token must be about the same user.
    const claims = response.claims();
    if (claims && claims.sub !== tokens.sub) {
      await this.store.delete(sessionId);
      throw new PageError(502, 'The log-in failed', 'The tenant answered for another user.', {
        href: '/login',
        text: 'Log in again',
      });
    }
    // Saved before it is used: the old refresh token is dead by now.
    const saved = await this.store.replace(sessionId, version, tokensFrom(response, tokens.sub, tokens));
    if (!saved) throw new TokenRefused('the session ended meanwhile');
    return saved;
    // END SOLUTION
  }

  async #ask(sessionId: string, refreshToken: string) {
    try {
      return await client.refreshTokenGrant(await this.issuer.configuration(), refreshToken);
    } catch (error) {
      if (!(error instanceof client.ResponseBodyError) || error.error !== 'invalid_grant') throw error;
      // BEGIN SOLUTION 4.5
      // STUB // Task 4.5: end cleanly when refused
      // STUB throw error;
      // The refresh token expired, was revoked or was used twice: nothing of this log-in works any more.
      await this.store.delete(sessionId);
      throw new TokenRefused('the refresh token was refused', { cause: error });
      // END SOLUTION
    }
  }
}
