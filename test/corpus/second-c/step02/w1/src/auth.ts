import { Router, type Request } from 'express';
import { generators, type TokenSet } from 'openid-client';
import { env } from './env';
import { HttpError } from './http-error';
import { tenant } from './tenant';
import { vault } from './vault';

declare module 'express-session' {
  interface SessionData {
    user: Record<string, any>;
    logins: Record<string, { nonce: string; verifier: string; next: string; at: number }>;
    loginAt: number;
    rejectedAt: number;
  }
}

const scope = [
  'openid profile email',
].join(' ');
const retry = { href: '/login', text: 'Log in' };
const save = (req: Request) => new Promise<void>((ok, no) => req.session.save((e) => (e ? no(e) : ok())));
const regenerate = (req: Request) => new Promise<void>((ok, no) => req.session.regenerate((e) => (e ? no(e) : ok())));

function localPath(wanted: unknown): string {
  if (typeof wanted !== 'string' || !wanted.startsWith('/')) return '/profile';
  const base = new URL(env.BASE_URL);
  if (!URL.canParse(wanted, base)) return '/profile';
  const { origin, pathname, search } = new URL(wanted, base);
  return origin === base.origin && !pathname.startsWith('//') ? pathname + search : '/profile';
}

export const authRoutes = Router();

authRoutes.get('/login', async (req, res) => {
  const client = await tenant();
  const state = generators.state();
  const nonce = generators.nonce();
  const verifier = generators.codeVerifier();
  const open = Object.entries(req.session.logins ?? {}).slice(-9);
  req.session.logins = { ...Object.fromEntries(open), [state]: { nonce, verifier, next: localPath(req.query.returnTo), at: Date.now() } };
  await save(req);
  const url = client.authorizationUrl({
    scope,
    audience: env.AUDIENCE,
    state,
    nonce,
    code_challenge: generators.codeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  res.redirect(303, url);
});

/** Double clicks: the same callback at the same time is worked on once. */
const underway = new Map<string, Promise<{ sid: string; next: string }>>();

authRoutes.get('/callback', async (req, res) => {
  const state = String(req.query.state ?? '');
  const key = `${req.sessionID}/${state}`;
  const running = underway.get(key);
  if (running) {
    const { next } = await running;
    return res.redirect(303, next);
  }
  const work = complete(req, state).finally(() => underway.delete(key));
  underway.set(key, work);
  const { next } = await work;
  res.redirect(303, next);
});

async function complete(req: Request, state: string) {
  const pending = req.session.logins ?? {};
  const login = Object.hasOwn(pending, state) ? pending[state] : undefined;
  if (!login) {
    if (req.session.user) return { sid: req.sessionID, next: '/profile' };
    throw new HttpError(400, 'This log-in is no longer open.', retry);
  }
  delete pending[state];
  await save(req);

  const client = await tenant();
  const params = client.callbackParams(req);
  let tokenSet: TokenSet;
  try {
    tokenSet = await client.callback(`${env.BASE_URL}/callback`, params, { state, nonce: login.nonce, code_verifier: login.verifier });
  } catch (error: any) {
    console.error(error);
    if (error.error === 'access_denied') throw new HttpError(403, 'You are not logged in: you declined.', retry);
    throw new HttpError(error.name === 'OPError' ? 400 : 502, 'The log-in failed.', retry);
  }

  const claims = tokenSet.claims();
  const { logins, rejectedAt } = req.session;
  vault.delete(req.sessionID);
  await regenerate(req);
  Object.assign(req.session, { user: claims, logins, rejectedAt, loginAt: Date.now() });
  vault.keep(req.sessionID, tokenSet, claims.sub);
  await save(req);
  return { sid: req.sessionID, next: login.next };
}

authRoutes.post('/logout', async (req, res) => {
  vault.delete(req.sessionID);
  await new Promise<void>((ok) => req.session.destroy(() => ok()));
  res.clearCookie('app.sid');
  const url = new URL('v2/logout', env.ISSUER);
  url.search = new URLSearchParams({ client_id: env.CLIENT_ID, returnTo: `${env.BASE_URL}/` }).toString();
  res.redirect(303, url.href);
});
