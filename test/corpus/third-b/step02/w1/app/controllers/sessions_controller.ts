import type { Request, Response } from 'express';
import * as oidc from 'openid-client';
import { BASE, CALLBACK, closed } from '../../config/application';
import * as Credentials from '../models/credential';
import { tenant } from '../models/tenant';
import { Problem } from './application_controller';

const SCOPES = [
  'openid', 'profile', 'email',
].join(' ');

const promised = (run: (done: (error?: any) => void) => void) =>
  new Promise<void>((resolve, reject) => run((error) => (error ? reject(error) : resolve())));

/** redirect_back, but only within this site. */
function ownPath(wanted: unknown): string {
  if (typeof wanted !== 'string' || !wanted.startsWith('/')) return '/profile';
  try {
    const url = new URL(wanted, BASE);
    const path = url.pathname + url.search;
    if (url.origin !== new URL(BASE).origin || /^\/[/\\]/.test(path)) return '/profile';
    return /^\/(login|callback|logout)\b/.test(path) ? '/profile' : path;
  } catch {
    return '/profile';
  }
}

export async function create(req: Request, res: Response) {
  const configuration = await tenant();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const verifier = oidc.randomPKCECodeVerifier();
  // Another tab may have begun a login meanwhile.
  await promised((done) => req.session.reload(() => done()));
  const recent = Object.entries(req.session.pending ?? {}).sort((a, b) => a[1].at - b[1].at).slice(-9);
  req.session.pending = { ...Object.fromEntries(recent), [state]: { nonce, verifier, goTo: ownPath(req.query.returnTo), at: Date.now() } };
  await promised((done) => req.session.save(done));
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: CALLBACK,
    scope: SCOPES,
    audience: process.env.AUDIENCE!,
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  res.redirect(303, url.href);
}

const atWork = new Map<string, Promise<{ sid: string; goTo: string }>>();

export async function callback(req: Request, res: Response) {
  const state = typeof req.query.state === 'string' ? req.query.state : '';
  const key = `${req.sessionID} ${state}`;
  const running = atWork.get(key);
  if (running) {
    // Clicked twice: the same login, so the same session.
    const { sid, goTo } = await running;
    await promised((done) => req.sessionStore.get(sid, (error, data) => {
      if (!error && data) {
        req.sessionID = sid;
        req.sessionStore.createSession(req, data);
      }
      done(error);
    }));
    return res.redirect(303, goTo);
  }
  const work = finish(req, state);
  atWork.set(key, work);
  try {
    res.redirect(303, (await work).goTo);
  } finally {
    atWork.delete(key);
  }
}

async function finish(req: Request, state: string) {
  const { [state]: pending, ...others } = req.session.pending ?? {};
  if (!pending && req.session.user) return { sid: req.sessionID, goTo: '/profile' };
  if (!pending) throw new Problem(400, 'This login is no longer open', 'It was begun elsewhere or finished already.', ['/login', 'Log in']);
  req.session.pending = others;
  await promised((done) => req.session.save(done));
  let answer;
  try {
    answer = await oidc.authorizationCodeGrant(await tenant(), new URL(req.originalUrl, BASE), {
      expectedState: state,
      expectedNonce: pending.nonce,
      pkceCodeVerifier: pending.verifier,
      idTokenExpected: true,
    });
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (error instanceof oidc.AuthorizationResponseError)
      throw new Problem(400, 'You are not logged in', 'The login was declined.', ['/login', 'Try again']);
    console.error('callback', error);
    throw new Problem(502, 'The login failed', 'The tenant did not answer as it should.', ['/login', 'Try again']);
  }
  // Logged out in another tab while the tenant was thinking: then it stays that way.
  if (closed.has(req.sessionID)) throw new Problem(400, 'You have logged out', 'This login was not finished.', ['/login', 'Log in']);
  await promised((done) => req.session.reload(() => done()));
  const { [state]: _done, ...open } = req.session.pending ?? {};
  const { refused } = req.session;
  Credentials.remove(req.sessionID);
  // reset_session: somebody else was logged in here
  if (req.session.user) await promised((done) => req.session.regenerate(done));
  req.session.pending = open;
  if (refused) req.session.refused = 'again';
  req.session.user = answer.claims()!;
  Credentials.keep(req.sessionID, answer, SCOPES);
  await promised((done) => req.session.save(done));
  return { sid: req.sessionID, goTo: pending.goTo };
}

export async function destroy(req: Request, res: Response) {
  const sid = req.sessionID;
  closed.add(sid);
  setTimeout(() => closed.delete(sid), 120_000).unref();
  Credentials.remove(sid);
  await promised((done) => req.session.destroy(done));
  res.clearCookie('_appointments_session');
  let target = '/';
  try {
    const end = (await tenant()).serverMetadata().end_session_endpoint;
    if (end) {
      const url = new URL(end);
      url.searchParams.set('client_id', process.env.CLIENT_ID!);
      url.searchParams.set('post_logout_redirect_uri', `${BASE}/`);
      target = url.href;
    }
  } catch { /* logged out here in any case */ }
  res.redirect(303, target);
}
