import { Router, type Request } from 'express';
import * as oidc from 'openid-client';
import { settings } from '../lib/settings';
import { provider, scope } from '../lib/oidc';
import { tokens, toSet } from '../lib/tokens';
import { Problem, render } from '../lib/html';

interface Pending { nonce: string; verifier: string; returnTo: string; at: number }
declare module 'express-session' {
  interface SessionData {
    pending: Record<string, Pending>;
    user: Record<string, any>;
  }
}
const redirect_uri = `${settings.baseUrl}/callback`;
const router = Router();
const promised = (f: (cb: (e?: any) => void) => void) => new Promise<void>((ok, no) => f((e) => (e ? no(e) : ok())));

function localPath(value: unknown): string {
  if (typeof value !== 'string' || !value.startsWith('/')) return '/profile';
  try {
    const url = new URL(value, settings.baseUrl);
    const path = url.pathname + url.search;
    const again = new URL(path, settings.baseUrl);
    const own = new URL(settings.baseUrl).origin;
    return url.origin === own && again.origin === own && !path.startsWith('//') ? path : '/profile';
  } catch {
    return '/profile';
  }
}

router.get('/login', async (req, res) => {
  const config = await provider();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const verifier = oidc.randomPKCECodeVerifier();
  const recent = Object.entries(req.session.pending ?? {}).filter(([, p]) => Date.now() - p.at < 3_600_000).slice(-9);
  req.session.pending = { ...Object.fromEntries(recent), [state]: { nonce, verifier, returnTo: localPath(req.query.returnTo), at: Date.now() } };
  await promised((cb) => req.session.save(cb));
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri,
    scope,
    audience: settings.audience,
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  res.redirect(303, url.href);
});

const busy = new Map<string, Promise<string>>();
router.get('/callback', async (req, res) => {
  const key = `${req.sessionID}|${req.originalUrl}`;
  const work = busy.get(key) ?? completeLogin(req).finally(() => busy.delete(key));
  busy.set(key, work);
  const to = await work;
  // for the scripts of our pages
  const set = tokens.get(req.sessionID);
  if (set) res.cookie('access_token', set.access, { maxAge: 3_600_000, path: '/' });
  res.redirect(303, to);
});

async function completeLogin(req: Request): Promise<string> {
  const state = String(req.query.state ?? '');
  const pending = { ...req.session.pending };
  const mine = Object.hasOwn(pending, state) ? pending[state] : undefined;
  if (!mine) {
    if (req.session.user) return '/profile';
    throw new Problem(400, 'This login is no longer open', 'It was started elsewhere, or too long ago.');
  }
  delete pending[state];
  req.session.pending = pending;
  await promised((cb) => req.session.save(cb));

  let response;
  try {
    response = await oidc.authorizationCodeGrant(await provider(), new URL(req.originalUrl, settings.baseUrl), {
      expectedState: state,
      expectedNonce: mine.nonce,
      pkceCodeVerifier: mine.verifier,
      idTokenExpected: true,
    });
  } catch (e: any) {
    if (e instanceof Problem) throw e;
    if (e instanceof oidc.AuthorizationResponseError && e.error === 'access_denied') throw new Problem(403, 'You are not logged in', 'You did not allow the login.');
    console.error('callback', e);
    if (e?.error === 'invalid_grant') throw new Problem(400, 'Login failed', 'The code was not accepted.');
    throw new Problem(502, 'Login failed', 'The login server gave no good answer.');
  }
  const claims = response.claims();
  if (!claims) throw new Problem(502, 'Login failed', 'The login server did not say who you are.');
  tokens.drop(req.sessionID);
  await promised((cb) => req.session.regenerate(cb));
  req.session.pending = pending;
  req.session.user = { ...claims };
  tokens.put(req.sessionID, toSet(response, scope));
  await promised((cb) => req.session.save(cb));
  return mine.returnTo;
}

router.get('/logout', (req, res) => render(req, res, 200, 'logout'));
router.post('/logout', async (req, res) => {
  tokens.drop(req.sessionID);
  await promised((cb) => req.session.destroy(cb));
  res.clearCookie('workshop.sid');
  const config = await provider().catch(() => undefined);
  if (!config?.serverMetadata().end_session_endpoint) return res.redirect(303, '/');
  const url = oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: `${settings.baseUrl}/` });
  res.redirect(303, url.href);
});

export default router;
