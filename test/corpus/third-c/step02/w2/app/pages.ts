import { Router } from 'express';
import { loggedIn } from './web';
import { vault } from './vault';

export const pagesRouter = Router();

pagesRouter.get('/', (req, res) => res.render('start'));

pagesRouter.get('/profile', loggedIn, (req, res) => {
  const scopes = (vault.peek(req.sessionID)?.scope ?? '').split(' ').filter(Boolean);
  res.render('profile', { scopes });
});

