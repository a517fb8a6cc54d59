import { Router, type RequestHandler } from 'express';
import { NeedLogin, Problem, render } from '../lib/html';
import { tokens } from '../lib/tokens';

const router = Router();
export const signedIn: RequestHandler = (req, _res, next) => next(req.session.user ? undefined : new NeedLogin(req.method === 'GET' ? req.originalUrl : '/profile'));

router.get('/profile', signedIn, (req, res) => {
  const user = req.session.user!;
  const scopes = tokens.get(req.sessionID)?.scope ?? '';
  render(req, res, 200, 'profile', {
    name: user.name, email: user.email, sub: user.sub, scopes,
  });
});

export default router;
