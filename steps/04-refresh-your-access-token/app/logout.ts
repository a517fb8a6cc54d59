import { Router } from 'express';
import { destroy } from './session';

/** Ends this app's own session and forgets its tokens; the tenant's session lives on until a later step. */
export function logoutRoutes(): Router {
  return Router()
    .get('/logout', (_req, res) => {
      // A link or an image on another site can send a GET: it only asks.
      res.set('Cache-Control', 'no-store').render('logout');
    })
    .post('/logout', async (req, res) => {
      await req.tokenKeeper.store.delete(req.sessionID);
      await destroy(req);
      res.clearCookie('app.sid').redirect(303, '/');
    });
}
