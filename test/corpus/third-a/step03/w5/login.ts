import { Router, type Request } from 'express';
import * as oidc from 'openid-client';
import { API_SCOPES, env, SCOPE } from './settings';
import { provider } from './provider';
import { Oops } from './html';
import { accountOf, close, LIFETIME, open, tokensFrom } from './accounts';

type Pending = { nonce: string; verifier: string; back: string; at: number };
declare module 'express-session' {
  interface SessionData {
    forced: boolean;
    seat: number;
  }
}

export const login = Router();
/** The logins that each session has begun, by their state. Not in the session: two tabs would write over each other. */
const logins = new Map<string, Map<string, Pending>>();
const HOUR = 3600_000;
setInterval(() => {
  for (const [id, pending] of logins) {
    for (const [state, { at }] of pending) if (at < Date.now() - HOUR) pending.delete(state);
    if (pending.size === 0) logins.delete(id);
  }
}, 60_000).unref();

const redirect_uri = `${env.home}/callback`;
const again = { href: '/login', label: 'Log in' };

/** A path of this site, or the profile. */
function localPath(wanted: unknown): string {
  if (typeof wanted !== 'string' || !/^\/(?![/\\])/.test(wanted)) return '/profile';
  try {
    const url = new URL(wanted, env.home);
    const path = url.pathname + url.search + url.hash;
    // What is left after parsing must still be ours.
    const own = url.origin === new URL(env.home).origin && new URL(path, env.home).origin === url.origin;
    return own && !path.startsWith('//') ? path : '/profile';
  } catch {
    return '/profile';
  }
}

const stored = (req: Request) =>
  new Promise<void>((done, fail) => req.session.save((error) => (error ? fail(error) : done())));

login.get('/login', async (req, res) => {
  const config = await provider().catch(() => {
    throw new Oops(503, 'The login service does not answer', 'Please try again in a minute.', again);
  });
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const verifier = oidc.randomPKCECodeVerifier();
  const mine = logins.get(req.sessionID) ?? new Map<string, Pending>();
  logins.set(req.sessionID, mine.set(state, { nonce, verifier, back: localPath(req.query.returnTo), at: Date.now() }));
  for (const old of [...mine.keys()].slice(0, -20)) mine.delete(old);
  req.session.seat ??= Date.now();
  await stored(req);
  const extra = String(req.query.scope ?? '').split(' ').filter((scope) => API_SCOPES.includes(scope));
  const scope = [...new Set([...SCOPE.split(' '), ...extra])].join(' ');
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri,
    scope,
    audience: env.audience,
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  res.redirect(303, url.href);
});

const busy = new Map<string, Promise<{ back: string; id: string }>>();

login.get('/callback', async (req, res) => {
  const state = typeof req.query.state === 'string' ? req.query.state : '';
  const key = `${req.sessionID} ${req.originalUrl}`;
  const first = busy.get(key);
  if (first) {
    // The same callback twice: both browsers' requests end in the same session.
    const { back, id } = await first;
    if (id !== req.sessionID) {
      await new Promise<void>((done) =>
        req.sessionStore.get(id, (_error, data) => {
          if (data) {
            req.sessionID = id;
            req.sessionStore.createSession(req, data);
            req.session.seat = Date.now();
          }
          done();
        }),
      );
    }
    return res.redirect(303, back);
  }
  const work = finish(req, state);
  busy.set(key, work);
  work.catch(() => {}).finally(() => setTimeout(() => busy.delete(key), 1000).unref());
  res.redirect(303, (await work).back);
});

async function finish(req: Request, state: string) {
  const mine = logins.get(req.sessionID);
  const pending = mine?.get(state);
  // Taken is taken: it works once.
  mine?.delete(state);
  if (!mine || !pending || pending.at < Date.now() - HOUR) {
    if (accountOf(req.sessionID)) return { back: '/profile', id: req.sessionID };
    throw new Oops(400, 'This login is no longer open', 'It was begun elsewhere, or is finished already.', again);
  }
  let answer: Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>;
  try {
    answer = await oidc.authorizationCodeGrant(await provider(), new URL(req.originalUrl, env.home), {
      expectedState: state,
      expectedNonce: pending.nonce,
      pkceCodeVerifier: pending.verifier,
      idTokenExpected: true,
    });
  } catch (error) {
    if (error instanceof oidc.AuthorizationResponseError)
      throw new Oops(403, 'You are not logged in', `The login ended with ${error.error}.`, again);
    if (error instanceof oidc.ResponseBodyError && error.status < 500)
      throw new Oops(400, 'The login failed', `The tenant refused it: ${error.error}.`, again);
    console.warn('login failed:', error instanceof Error ? error.message : error);
    throw new Oops(502, 'The login failed', 'Something was wrong with the answer of the tenant.', again);
  }
  const claims = answer.claims();
  const onlyUs = claims && (claims.aud === env.clientId || (Array.isArray(claims.aud) && claims.aud.every((aud) => aud === env.clientId)));
  if (!claims?.sub || !onlyUs) throw new Oops(502, 'The login failed', 'The tenant did not say who you are.', again);

  if (ended.has(req.sessionID)) throw new Oops(400, 'This login is no longer open', 'You have logged out meanwhile.', again);
  // A new identifier for the one who logged in; other tabs may still be at the tenant.
  const { forced } = req.session;
  close(req.sessionID);
  logins.delete(req.sessionID);
  await new Promise<void>((done, fail) => req.session.regenerate((error) => (error ? fail(error) : done())));
  req.session.seat = Date.now();
  logins.set(req.sessionID, mine);
  open(req.sessionID, {
    user: { ...claims },
    tokens: tokensFrom(answer),
    forced: forced === true,
    until: Date.now() + LIFETIME,
  });
  await stored(req);
  return { back: pending.back, id: req.sessionID };
}

/** Sessions that were logged out a moment ago: what is still running for them must not log in again. */
const ended = new Set<string>();

login.post('/logout', async (req, res) => {
  const id = req.sessionID;
  ended.add(id);
  setTimeout(() => ended.delete(id), 60_000).unref();
  close(id);
  logins.delete(id);
  await new Promise<void>((done) => req.session.destroy(() => done()));
  res.clearCookie('sid', { path: '/' });
  const metadata = await provider().then((config) => config.serverMetadata(), () => undefined);
  if (!metadata?.end_session_endpoint) return res.redirect(303, '/');
  const url = new URL(metadata.end_session_endpoint);
  url.searchParams.set('client_id', env.clientId);
  url.searchParams.set('post_logout_redirect_uri', `${env.home}/`);
  res.redirect(303, url.href);
});
