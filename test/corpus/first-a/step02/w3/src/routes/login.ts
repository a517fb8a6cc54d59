import { promisify } from 'node:util';
import { Router } from 'express';
import type { Request } from 'express';
import { Failure, tryLogin } from '../failures';
import type { Identity } from '../identity';
import { safeReturnTo } from '../return-to';
import type { Settings } from '../settings';
import type { Vault } from '../vault';

const MAX_OPEN = 20;
const MAX_AGE = 3600_000;

export function loginRoutes(settings: Settings, identity: Identity, vault: Vault): Router {
  const router = Router();
  const running = new Map<string, Promise<{ sessionId: string; returnTo: string }>>();
  const save = (req: Request) => promisify(req.session.save.bind(req.session))();

  router.get('/login', async (req, res) => {
    const { state, login, url } = await identity.authorize([]);
    if (!req.session.begun && !req.session.user) {
      req.session.begun = true;
      await save(req);
    }
    const drawer = vault.open(req.sessionID).newest();
    drawer.logins.set(state, {
      ...login,
      returnTo: safeReturnTo(req.query.returnTo, settings.baseUrl),
      begun: Date.now(),
    });
    while (drawer.logins.size > MAX_OPEN) drawer.logins.delete(drawer.logins.keys().next().value!);
    res.redirect(303, url);
  });

  async function complete(req: Request, state: string): Promise<{ sessionId: string; returnTo: string }> {
    const drawer = vault.peek(req.sessionID);
    const login = drawer?.logins.get(state);
    drawer?.logins.delete(state);
    if (!login && req.session.user) return { sessionId: req.sessionID, returnTo: '/profile' };
    if (!drawer || !login || Date.now() - login.begun > MAX_AGE) {
      throw new Failure(400, 'This log-in is no longer open', 'It was finished before, took too long, or began elsewhere.', tryLogin);
    }
    const { claims, tokens } = await identity.redeem(req.originalUrl, state, login);
    const current = drawer.newest();
    if (current.ended) throw new Failure(400, 'This log-in is no longer open', 'You logged out in the meantime.', tryLogin);

    const moved = current.sessionId !== req.sessionID;
    await promisify(req.session.regenerate.bind(req.session))();
    if (moved) req.sessionStore.destroy(current.sessionId);
    const fresh = vault.move(current, req.sessionID);
    fresh.tokens = tokens;
    req.session.user = claims;
    await save(req);
    return { sessionId: req.sessionID, returnTo: login.returnTo };
  }

  router.get('/callback', async (req, res) => {
    const state = typeof req.query.state === 'string' ? req.query.state : '';
    const key = `${req.sessionID} ${req.originalUrl}`;
    let work = running.get(key);
    if (!work) {
      work = complete(req, state).finally(() => running.delete(key));
      running.set(key, work);
    }
    const { sessionId, returnTo } = await work;
    if (req.sessionID !== sessionId) {
      // This is the second of two equal callbacks: its browser gets the session of the first.
      const data = await new Promise<any>((resolve, reject) => {
        req.sessionStore.get(sessionId, (error, found) => (error ? reject(error) : resolve(found)));
      });
      if (data) {
        req.sessionID = sessionId;
        req.sessionStore.createSession(req, data);
      }
    }
    res.redirect(303, returnTo);
  });

  router.get('/logout', (_req, res) => res.render('logout'));

  router.post('/logout', async (req, res) => {
    vault.empty(req.sessionID);
    await promisify(req.session.destroy.bind(req.session))();
    res.clearCookie('desk', { path: '/' });
    res.redirect(303, await identity.logoutUrl());
  });

  return router;
}
