import { Router, type Request } from 'express';
import * as oidc from 'openid-client';
import { settings } from './settings';
import { tenant } from './tenant';
import { vault } from './vault';
import { Oops } from './oops';
import { backTo, COOKIE, later, ownForm } from './web';

const always = [
  'openid profile email',
].join(' ');

interface Attempt { nonce: string; verifier: string; returnTo: string; at: number }
/** The logins that a session has begun, by state. */
const attempts = new Map<string, Map<string, Attempt>>();
const TOO_OLD = 20 * 60_000;
setInterval(() => {
  for (const [id, mine] of attempts) {
    for (const [state, attempt] of mine) if (Date.now() - attempt.at > TOO_OLD) mine.delete(state);
    if (mine.size === 0) attempts.delete(id);
  }
}, 60_000).unref();

export const authRouter = Router();

authRouter.get('/login', async (req, res) => {
  const config = await tenant();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const verifier = oidc.randomPKCECodeVerifier();
  let scope = always;

  if (!req.session.user && !req.session.guest) {
    req.session.guest = true;
    await later((done) => req.session.save(done));
  }
  const mine = attempts.get(req.sessionID) ?? new Map<string, Attempt>();
  attempts.set(req.sessionID, mine);
  mine.set(state, { nonce, verifier, returnTo: backTo(req.query.returnTo), at: Date.now() });
  if (mine.size > 10) mine.delete([...mine.keys()][0]);

  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: settings.baseUrl + '/callback',
    scope,
    audience: settings.audience,
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  res.redirect(303, url.href);
});

/** Sessions that were logged out a moment ago. */
const left = new Set<string>();

const atWork = new Map<string, Promise<{ id: string; returnTo: string }>>();

authRouter.get('/callback', async (req, res) => {
  const key = req.sessionID + ' ' + req.originalUrl;
  const other = atWork.get(key);
  if (other) {
    // The same callback a second time, by a double click: the first one's cookie reaches the browser either way.
    const { returnTo } = await other;
    return res.redirect(303, returnTo);
  }
  const work = finish(req);
  atWork.set(key, work);
  try {
    res.redirect(303, (await work).returnTo);
  } finally {
    atWork.delete(key);
  }
});

async function finish(req: Request) {
  const before = req.sessionID;
  const state = typeof req.query.state === 'string' ? req.query.state : '';
  const mine = attempts.get(before);
  const attempt = mine?.get(state);
  mine?.delete(state);
  if (!attempt || Date.now() - attempt.at > TOO_OLD) {
    if (req.session.user) return { id: before, returnTo: '/profile' };
    throw new Oops(400, 'This login is no longer open. It was begun elsewhere, too long ago, or is finished.', '/login', 'Log in');
  }
  const answer = await oidc.authorizationCodeGrant(await tenant(), new URL(req.originalUrl, settings.baseUrl), {
    expectedState: state,
    expectedNonce: attempt.nonce,
    pkceCodeVerifier: attempt.verifier,
    idTokenExpected: true,
  });
  if (left.has(before)) throw new Oops(400, 'You have logged out meanwhile.', '/login', 'Log in');
  const claims = answer.claims()!;
  await later((done) => req.session.regenerate(done));
  vault.drop(before);
  attempts.delete(before);
  if (mine) attempts.set(req.sessionID, mine);
  req.session.user = { ...claims };
  vault.put(req.sessionID, answer);
  await later((done) => req.session.save(done));
  return { id: req.sessionID, returnTo: attempt.returnTo };
}

authRouter.get('/logout', (req, res) => res.render('logout'));

authRouter.post('/logout', ownForm, async (req, res) => {
  const idToken = vault.peek(req.sessionID)?.idToken;
  vault.drop(req.sessionID);
  attempts.delete(req.sessionID);
  const id = req.sessionID;
  left.add(id);
  setTimeout(() => left.delete(id), 60_000).unref();
  await later((done) => req.session.destroy(done));
  res.clearCookie(COOKIE);
  const home = settings.baseUrl + '/';
  const config = await tenant().catch(() => undefined);
  if (config?.serverMetadata().end_session_endpoint) {
    const url = oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: home, ...(idToken ? { id_token_hint: idToken } : {}) });
    return res.redirect(303, url.href);
  }
  if (!config) return res.redirect(303, '/');
  const url = new URL('v2/logout', settings.issuer);
  url.search = new URLSearchParams({ client_id: settings.clientId, returnTo: home }).toString();
  res.redirect(303, url.href);
});
