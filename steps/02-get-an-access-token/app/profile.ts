import { Router } from 'express';
import { requireLogin } from './auth';
import type { SessionTokens } from './tokens';

/** Who the user is, and what they allowed. */
export function profile(tokens: SessionTokens): Router {
  return Router().get('/profile', requireLogin, async (req, res) => {
    // BEGIN SOLUTION 2.5
    // STUB // Task 2.5: show the profile
    // STUB res.render('profile', { user: {}, scopes: [] });
    const granted = await tokens.of(req.sessionID);
    res.render('profile', { user: req.session.user, scopes: granted?.scope?.split(' ') ?? [] });
    // END SOLUTION
  });
}
