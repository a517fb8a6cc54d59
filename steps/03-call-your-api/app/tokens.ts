import type { Request } from 'express';
import type { TokenEndpointResponse } from 'openid-client';
import { TokenRefused } from './api';

/** What the tenant issued; it stays on the server. */
export interface Tokens {
  access_token: string;
  /** Space-separated; what was granted may be less than what was asked for (RFC 6749, section 3.3). */
  scope: string | undefined;
}

/** Keeps a log-in's tokens in its session. */
export async function keepTokens(req: Request, response: TokenEndpointResponse): Promise<void> {
  req.session.tokens = { access_token: response.access_token, scope: response.scope };
}

/** Runs something with the access token of the request's session. */
export async function withAccessToken<T>(
  req: Request,
  work: (accessToken: string) => Promise<T>,
): Promise<T> {
  const tokens = req.session.tokens;
  if (!tokens) throw new TokenRefused('there is no access token');
  return work(tokens.access_token);
}
