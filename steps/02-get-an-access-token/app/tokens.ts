import type { Request } from 'express';
import type { TokenEndpointResponse } from 'openid-client';

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
