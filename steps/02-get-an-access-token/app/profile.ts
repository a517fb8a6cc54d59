import { Router } from 'express';
import { requireLogin } from './require-login';

export function profileRoutes(): Router {
  return Router().get('/profile', requireLogin, (req, res) => {
    // BEGIN SOLUTION 2.5
    // STUB // Task 2.5: show the profile
    // STUB res.render('profile', { user: {}, scopes: [] });
    const { user, tokens } = req.session;
    res.render('profile', { user, scopes: tokens?.scope?.split(' ') ?? [] });
    // END SOLUTION
  });
}
