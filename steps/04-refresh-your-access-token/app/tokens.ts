import type { Request } from 'express';
import type { TokenEndpointResponse } from 'openid-client';
import { TokenRefused } from './api';
import type { Refresher } from './refresh';
import type { TokenStore } from './token-store';

/** What the tenant issued; it stays on the server. */
export interface Tokens {
  access_token: string;
  /** Milliseconds since the epoch; undefined when the tenant did not say. */
  expiresAt: number | undefined;
  /** Milliseconds: how long the access token lives in all. */
  lifetime: number | undefined;
  refresh_token: string | undefined;
  scope: string | undefined;
  /** Whose tokens they are. */
  sub: string;
  /** Milliseconds since the epoch, of the log-in and of the last refresh. */
  issuedAt: number;
  refreshedAt: number | undefined;
  refreshes: number;
}

/** What a log-in's answer becomes; `expires_in` is in seconds (RFC 6749, section 5.1). */
export function tokensFrom(response: TokenEndpointResponse, sub: string, before?: Tokens): Tokens {
  const now = Date.now();
  const lifetime = response.expires_in === undefined ? undefined : response.expires_in * 1000;
  return {
    access_token: response.access_token,
    expiresAt: lifetime === undefined ? undefined : now + lifetime,
    lifetime,
    // Without rotation the answer has no new refresh token, and the old one goes on.
    refresh_token: response.refresh_token ?? before?.refresh_token,
    scope: response.scope ?? before?.scope,
    sub,
    issuedAt: before?.issuedAt ?? now,
    refreshedAt: before ? now : undefined,
    refreshes: (before?.refreshes ?? -1) + 1,
  };
}

/** Milliseconds before its end at which an access token is renewed: 30 s, for a short-lived one a tenth of its life. */
const MARGIN = 30_000;

const expiresSoon = ({ expiresAt, lifetime }: Tokens) =>
  expiresAt !== undefined && Date.now() >= expiresAt - Math.min(MARGIN, (lifetime ?? 0) / 10);

const isExpired = ({ expiresAt }: Tokens) => expiresAt !== undefined && Date.now() >= expiresAt;

/** The tokens of this app's users, kept apart from their sessions (see token-store.ts). */
export interface TokenKeeper {
  store: TokenStore;
  refresher: Refresher;
}

/** Attached to each request by app.ts. */
declare module 'express-serve-static-core' {
  interface Request {
    tokenKeeper: TokenKeeper;
  }
}

/** Keeps a log-in's tokens under its session's identifier. */
export async function keepTokens(req: Request, response: TokenEndpointResponse): Promise<void> {
  const sub = req.session.user?.sub ?? '';
  await req.tokenKeeper.store.put(req.sessionID, tokensFrom(response, sub));
}

/**
 * Runs something with an access token that is valid: renewed shortly before its end, and once more when the API refuses it.
 *
 * @throws TokenRefused when a new log-in is needed.
 */
export async function withAccessToken<T>(
  req: Request,
  work: (accessToken: string) => Promise<T>,
): Promise<T> {
  const { store, refresher } = req.tokenKeeper;
  const kept = await store.get(req.sessionID);
  if (!kept) throw new TokenRefused('there are no tokens for this session');
  // BEGIN SOLUTION 4.2
  // STUB // Task 4.2: renew in time
  // STUB return work(kept.tokens.access_token);
  let current = kept;
  if (expiresSoon(kept.tokens) && kept.tokens.refresh_token !== undefined) {
    current = await refresher.refresh(req.sessionID, kept).catch((error) => {
      // The tenant is down, the token still good: the page need not fail.
      if (error instanceof TokenRefused || isExpired(kept.tokens)) throw error;
      return kept;
    });
  }
  try {
    return await work(current.tokens.access_token);
  } catch (error) {
    if (!(error instanceof TokenRefused) || current.tokens.refresh_token === undefined) throw error;
    const renewed = await refresher.refresh(req.sessionID, current);
    return work(renewed.tokens.access_token);
  }
  // END SOLUTION
}
