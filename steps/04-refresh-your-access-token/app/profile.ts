import { Router } from 'express';
import { requireLogin, toLogin } from './auth';
import type { SessionTokens } from './tokens';

/** Who the user is, and when their access token was issued, refreshed and ends: never the token itself. */
export function profile(tokens: SessionTokens): Router {
  return Router()
    .get('/profile', requireLogin, async (req, res) => {
      const stored = await tokens.of(req.sessionID);
      res.render('profile', { scopes: stored?.scope?.split(' ') ?? [] });
    })
    .get('/tokens', requireLogin, async (req, res) => {
      const stored = await tokens.of(req.sessionID);
      if (!stored) return toLogin(res, '/tokens');
      const { version, issuedAt, refreshedAt, expiresAt, refresh_token } = stored;
      const canRefresh = refresh_token !== undefined;
      res.render('tokens', { issuedAt, refreshedAt, expiresAt, refreshes: version - 1, canRefresh });
    });
}
