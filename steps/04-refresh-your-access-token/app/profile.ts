import { Router } from 'express';
import { requireLogin } from './require-login';

export function profileRoutes(): Router {
  return Router().get('/profile', requireLogin, async (req, res) => {
    const kept = await req.tokenKeeper.store.get(req.sessionID);
    res.render('profile', { user: req.session.user, scopes: kept?.tokens.scope?.split(' ') ?? [] });
  });
}
