import { randomBytes, createHash } from 'node:crypto';
import { issuer, askForTokens, readUser, ISSUER } from './issuer';
import { sessionOf, newSession, forget, giveCookie } from './sessions';
import { redirect, Oops } from './html';

const BASE = process.env.BASE_URL!;
const SCOPES = [
  'openid profile email',
].join(' ');
const AGAIN = '<p><a href="/login">Log in</a></p>';
const rand = () => randomBytes(32).toString('base64url');

/** A path of this site, or /profile. */
function own(wanted: string | null) {
  if (!wanted?.startsWith('/')) return '/profile';
  try {
    const url = new URL(wanted, BASE);
    const path = url.pathname + url.search;
    return url.origin === new URL(BASE).origin && new URL(path, BASE).origin === url.origin && !path.startsWith('//') ? path : '/profile';
  } catch {
    return '/profile';
  }
}

export async function login(req, res, url: URL) {
  const { authorization_endpoint } = await issuer();
  const s = sessionOf(req) ?? newSession();
  const state = rand(), nonce = rand(), verifier = rand();
  s.pending.set(state, { nonce, verifier, back: own(url.searchParams.get('returnTo')) });
  while (s.pending.size > 20) s.pending.delete(s.pending.keys().next().value);
  const to = new URL(authorization_endpoint);
  const params = {
    response_type: 'code',
    client_id: process.env.CLIENT_ID!,
    redirect_uri: `${BASE}/callback`,
    audience: process.env.AUDIENCE!,
    scope: SCOPES,
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  for (const [k, v] of Object.entries(params)) to.searchParams.set(k, v);
  giveCookie(res, s);
  redirect(res, to.href);
}

const busy = new Map<string, Promise<any>>();

export async function callback(req, res, url: URL) {
  const s = sessionOf(req);
  const state = url.searchParams.get('state') ?? '';
  if (!s) throw new Oops(400, 'This log-in is no longer open.', AGAIN);
  const key = `${s.id} ${state}`;
  let work = busy.get(key);
  if (!work) {
    work = finish(s, state, url).finally(() => busy.delete(key));
    busy.set(key, work);
  }
  const { session, back } = await work;
  giveCookie(res, session);
  redirect(res, back);
}

async function finish(s, state: string, url: URL) {
  const slot = s.pending.get(state);
  s.pending.delete(state);
  if (!slot && s.user) return { session: s, back: '/profile' };
  if (!slot) throw new Oops(400, 'This log-in is no longer open.', AGAIN);
  const { authorization_response_iss_parameter_supported: issExpected } = await issuer();
  const iss = url.searchParams.get('iss');
  if (iss === null ? issExpected : iss !== ISSUER) throw new Oops(400, 'The answer came from somebody else.', AGAIN);
  if (url.searchParams.has('error')) throw new Oops(403, 'You are not logged in: it was declined.', AGAIN);

  const { ok, body } = await askForTokens({
    grant_type: 'authorization_code',
    code: url.searchParams.get('code') ?? '',
    code_verifier: slot.verifier,
    redirect_uri: `${BASE}/callback`,
  });
  if (!ok) throw new Oops(400, 'The log-in failed. Please try again.', AGAIN);
  let user;
  try {
    user = await readUser(body.access_token);
  } catch (error) {
    console.error('token refused', error);
    throw new Oops(502, 'The log-in failed: the tenant did not say who you are.', AGAIN);
  }
  // A new identifier for the user who is now known.
  const fresh = newSession(s.pending);
  forget(s);
  fresh.user = user;
  fresh.since = Date.now();
  fresh.tokens = { access_token: body.access_token, scope: body.scope ?? SCOPES };
  return { session: fresh, back: slot.back };
}

export async function logout(req, res) {
  const s = sessionOf(req);
  if (s) forget(s);
  giveCookie(res, undefined);
  const metadata = await issuer().catch(() => undefined);
  if (!metadata) return redirect(res, '/');
  const to = new URL(metadata.end_session_endpoint ?? new URL('v2/logout', ISSUER));
  to.searchParams.set('client_id', process.env.CLIENT_ID!);
  to.searchParams.set(metadata.end_session_endpoint ? 'post_logout_redirect_uri' : 'returnTo', `${BASE}/`);
  redirect(res, to.href);
}
