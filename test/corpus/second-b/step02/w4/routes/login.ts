import { randomBytes } from 'node:crypto';
import { Router, type NextFunction, type Request, type Response } from 'express';
import type { PassportStatic } from 'passport';
import { PageError, again } from '../lib/page-error';
import { issuer, wellKnown } from '../lib/tenant';
import { strategy, tabs } from '../lib/tenant-strategy';
import { vault } from '../lib/vault';

const base = process.env.BASE_URL as string;
const api = ['read:appointments', 'create:appointments', 'delete:appointments'];
const basic = [
  'openid',
  'profile',
  'email',
];

function localPath(value: unknown): string {
  const text = String(value ?? '');
  // One slash, then no second one and no backslash, nor anything that a browser drops.
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return '/profile';
  const { origin, pathname, search } = new URL(text, base);
  return origin === new URL(base).origin && !pathname.startsWith('//') ? pathname + search : '/profile';
}

interface Landing {
  to: string;
  user?: Express.User;
}

export default function loginRoutes(passport: PassportStatic) {
  const router = Router();
  const landings = new Map<string, Promise<Landing>>();

  router.get('/login', async (req, res, next) => {
    await strategy.useEndpoints();
    const asked = String(req.query.scope ?? '').split(/\s+/);
    const scope = [...new Set([...basic, ...api.filter((one) => asked.includes(one))])];
    const state = { nonce: randomBytes(16).toString('base64url'), returnTo: localPath(req.query.returnTo) };
    passport.authenticate('tenant', { scope, state } as any)(req, res, next);
  });

  router.get('/callback', async (req, res) => {
    const key = `${req.sessionID} ${req.url}`;
    let landing = landings.get(key);
    if (!landing) {
      landing = land(req, res).finally(() => landings.delete(key));
      landings.set(key, landing);
    }
    const { to, user } = await landing;
    if (user) {
      const before = req.sessionID;
      const refused = (req.session as any).refused;
      if (req.user && req.user.ticket !== user.ticket) vault.delete(req.user.ticket);
      // Passport begins a new session here, with a new identifier.
      await new Promise<void>((ok, no) => req.logIn(user, (error) => (error ? no(error) : ok())));
      tabs.rename(before, req.sessionID);
      if (refused) (req.session as any).cameBack = Date.now();
      await new Promise<void>((ok, no) => req.session.save((error) => (error ? no(error) : ok())));
    }
    res.redirect(303, to);
  });

  async function land(req: Request, res: Response): Promise<Landing> {
    const { iss, error, state } = req.query;
    const meta = await wellKnown();
    if (iss !== undefined && iss !== issuer) throw new PageError(400, 'The login failed', 'The answer is from another tenant.', again);
    if (error !== undefined) {
      if (!tabs.take(req.sessionID, String(state)) && req.user) return { to: '/profile' };
      return { to: '/login' };
    }
    if (iss === undefined && meta.authorization_response_iss_parameter_supported) {
      throw new PageError(400, 'The login failed', 'The answer does not say who sent it.', again);
    }
    if (typeof req.query.code !== 'string' || typeof state !== 'string') {
      if (req.user) return { to: '/profile' };
      throw new PageError(400, 'This login is no longer open', 'This address is incomplete.', again);
    }
    return new Promise<Landing>((ok, no) => {
      const next: NextFunction = (e) => no(e ?? new PageError(404, 'Not found', 'Nothing here.'));
      const done = (e: unknown, user: Express.User | false | null, info: any) => {
        if (e) return no(e);
        if (user) return ok({ to: (req as any).pendingLogin.returnTo, user });
        if (req.user) return ok({ to: '/profile' });
        no(new PageError(400, 'This login is no longer open', 'It was finished already, or it began in another browser.', again));
      };
      passport.authenticate('tenant', done as any)(req, res, next);
    });
  }

  router.get('/logout', (_req, res) => res.render('logout', { title: 'Log out' }));

  router.post('/logout', async (req, res) => {
    const ticket = req.user?.ticket ?? '';
    const hint = vault.get(ticket)?.idToken;
    vault.delete(ticket);
    await new Promise<void>((ok, no) => req.session.destroy((error) => (error ? no(error) : ok())));
    res.clearCookie('connect.sid');
    const end = await wellKnown().then((meta) => meta.end_session_endpoint, () => undefined);
    if (!end) return res.redirect(303, '/');
    const url = new URL(end);
    url.searchParams.set('client_id', process.env.CLIENT_ID as string);
    url.searchParams.set('post_logout_redirect_uri', `${base}/`);
    if (hint) url.searchParams.set('id_token_hint', hint);
    res.redirect(303, url.href);
  });

  return router;
}
