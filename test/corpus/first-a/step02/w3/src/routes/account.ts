import { Router } from 'express';
import { requireUser } from '../guard';
import type { Vault } from '../vault';

export function accountRoutes(vault: Vault): Router {
  const router = Router();

  router.get('/', (_req, res) => res.render('home'));

  router.get('/profile', requireUser, (req, res) => {
    const granted = vault.peek(req.sessionID)?.tokens?.scope ?? '';
    res.render('profile', {
      scopes: granted.split(' ').filter(Boolean),
    });
  });

  return router;
}
