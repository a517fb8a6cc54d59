const { Router } = require('express');
import * as client from 'openid-client';
import { Problem } from './show';
const env = process.env as any;

export const auth = Router();
const scope = 'openid profile email';

// Tokens never go into the session: it is written back by every slow request.
type Box = { access: string; refresh?: string; scope: string; since: number; until: number; early: number };
export const boxes = new Map<string, Box>();

let config: client.Configuration | undefined;
async function tenant() {
  try {
    config ??= await client.discovery(new URL(env.ISSUER_BASE_URL), env.CLIENT_ID, undefined, client.ClientSecretPost(env.CLIENT_SECRET), {
      execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
      timeout: 4,
    });
    return config;
  } catch (e) {
    throw new Problem(503, 'The tenant does not answer', 'Please try again soon.');
  }
}

function pathInHere(x: unknown) {
  if (typeof x === 'string' && x.startsWith('/') && URL.canParse(x, env.BASE_URL)) {
    const u = new URL(x, env.BASE_URL);
    const inside = u.origin === new URL(env.BASE_URL).origin && !u.pathname.startsWith('//') && !['/login', '/callback', '/logout'].includes(u.pathname);
    if (inside) return u.pathname + u.search;
  }
  return '/profile';
}
const save = (req: any) => new Promise<void>((ok, no) => req.session.save((e: any) => (e ? no(e) : ok())));

auth.get('/login', async (req: any, res: any) => {
  const cfg = await tenant();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const verifier = client.randomPKCECodeVerifier();
  const open = Object.entries(req.session.open ?? {}).slice(-19);
  req.session.open = { ...Object.fromEntries(open), [state]: { nonce, verifier, to: pathInHere(req.query.returnTo) } };
  await save(req);
  const url = client.buildAuthorizationUrl(cfg, {
    redirect_uri: env.BASE_URL + '/callback',
    scope,
    audience: env.AUDIENCE,
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  res.redirect(303, url.href);
});

const twins = new Map<string, Promise<{ sid: string; to: string }>>();
auth.get('/callback', async (req: any, res: any) => {
  const key = req.sessionID + ' ' + req.query.state;
  const twin = twins.get(key);
  if (twin) {
    // the same callback a second time, while the first one is still running: give it the same session
    const { sid, to } = await twin;
    const stored: any = await new Promise((ok, no) => req.sessionStore.get(sid, (e: any, s: any) => (e ? no(e) : ok(s))));
    if (stored) {
      req.sessionID = sid;
      req.sessionStore.createSession(req, stored);
    }
    return res.redirect(303, to);
  }
  const work = finish(req);
  twins.set(key, work);
  work.catch(() => {}).then(() => twins.delete(key));
  res.redirect(303, (await work).to);
});

async function finish(req: any) {
  const state = String(req.query.state ?? '');
  const open = { ...req.session.open };
  const mine = Object.hasOwn(open, state) ? open[state] : undefined;
  if (!mine && req.session.user) return { sid: req.sessionID, to: '/profile' };
  if (!mine) throw new Problem(400, 'This login is no longer open', 'Please log in again.');
  delete open[state];
  req.session.open = open;
  // no code came with it: begin once more
  if (!req.query.code) return { sid: req.sessionID as string, to: '/login' };
  let answer;
  try {
    answer = await client.authorizationCodeGrant(await tenant(), new URL(req.originalUrl, env.BASE_URL), {
      expectedState: state,
      expectedNonce: mine.nonce,
      pkceCodeVerifier: mine.verifier,
      idTokenExpected: true,
    });
  } catch (e: any) {
    if (e instanceof Problem) throw e;
    if (e instanceof client.AuthorizationResponseError) throw new Problem(403, 'You are not logged in', e.error_description ?? e.error);
    throw new Problem(502, 'The login failed', 'The tenant did not accept it. Please try again.');
  }
  const before = req.sessionID;
  const lastResort = req.session.wasRefused;
  await new Promise<void>((ok, no) => req.session.regenerate((e: any) => (e ? no(e) : ok())));
  boxes.delete(before);
  req.session.open = open;
  req.session.user = answer.claims();
  if (lastResort) req.session.lastResort = true;
  boxes.set(req.sessionID, box(answer));
  await save(req);
  return { sid: req.sessionID as string, to: mine.to as string };
}

function box(answer: any, old?: Box): Box {
  const life = (answer.expires_in ?? 86400) * 1000;
  return {
    access: answer.access_token,
    refresh: answer.refresh_token ?? old?.refresh,
    scope: answer.scope ?? old?.scope ?? '',
    since: Date.now(),
    until: Date.now() + life,
    early: Date.now() + life - Math.min(30_000, life / 10),
  };
}

auth.post('/logout', (req: any, res: any, next: any) => {
  boxes.delete(req.sessionID);
  req.session.destroy((e: any) => {
    if (e) return next(e);
    res.clearCookie('my.sid');
    res.redirect(303, `${env.ISSUER_BASE_URL}v2/logout?` + new URLSearchParams({ client_id: env.CLIENT_ID, returnTo: env.BASE_URL + '/' }));
  });
});

export function loggedIn(req: any, res: any, next: any) {
  if (req.session.user) next();
  else res.redirect(303, '/login?returnTo=' + encodeURIComponent(req.method === 'GET' ? req.originalUrl : '/appointments'));
}
