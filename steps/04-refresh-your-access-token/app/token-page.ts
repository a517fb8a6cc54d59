import { Router } from 'express';
import { requireLogin, toLogin } from './require-login';

/** Shows when the access token was issued, refreshed and ends, and never the token itself. */
export function tokenPage(): Router {
  return Router().get('/tokens', requireLogin, async (req, res) => {
    const kept = await req.tokenKeeper.store.get(req.sessionID);
    if (!kept) return toLogin(res, '/tokens');
    const { issuedAt, refreshedAt, expiresAt, refreshes, refresh_token } = kept.tokens;
    res.render('tokens', {
      issuedAt,
      refreshedAt,
      expiresAt,
      refreshes,
      canRefresh: refresh_token !== undefined,
    });
  });
}
