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
      // The session first: a request in flight that finds no tokens must see that the user wanted it so.
      await destroy(req);
      await req.tokenKeeper.store.delete(req.sessionID);
      res.clearCookie('app.sid').redirect(303, '/');
    });
}
