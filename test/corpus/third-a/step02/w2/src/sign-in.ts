import { createHash, randomBytes } from 'node:crypto';
import type { Express, Request, Response } from 'express';
import { GrantRefused, tenant } from './tenant';
import { begin, end, hand, sessionOf, type Session } from './sessions';
import { Problem } from './problem';
import { tokenSet } from './token-keeper';

const { BASE_URL = '', CLIENT_ID = '', AUDIENCE = '' } = process.env;
const callbackUrl = `${new URL(BASE_URL).origin}/callback`;
const ASK_FOR = ['openid', 'profile', 'email'];
const retry = { href: '/login', text: 'Sign in' };
const secret = () => randomBytes(32).toString('base64url');

/** Where to after signing in. Only letters that can mean nothing but a path of ours. */
const target = (wanted: unknown) =>
  typeof wanted === 'string' && /^\/(?:[\w-]+(?:\/[\w-]+)*\/?)?(?:\?[\w=&%.~:+,/@-]*)?$/.test(wanted) ? wanted : '/profile';

async function signIn(req: Request, res: Response) {
  const about = await tenant.about().catch(() => {
    throw new Problem(503, 'The tenant is not there', 'Nobody can sign in right now.', retry);
  });
  const session = sessionOf(res) ?? begin();
  const [state, nonce, verifier] = [secret(), secret(), secret()];
  session.attempts.set(state, { nonce, verifier, target: target(req.query.returnTo), started: Date.now() });
  for (const [old] of [...session.attempts].slice(0, -25)) session.attempts.delete(old);
  hand(req, res, session);
  const scope = ASK_FOR;
  const query = new URLSearchParams({
    client_id: CLIENT_ID,
    response_type: 'code',
    redirect_uri: callbackUrl,
    scope: scope.join(' '),
    audience: AUDIENCE,
    code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    state,
    nonce,
  });
  res.redirect(`${about.authorization_endpoint}?${query}`);
}

async function complete(session: Session | undefined, query: URLSearchParams): Promise<{ session: Session; to: string }> {
  const state = query.get('state') ?? '';
  const attempt = session?.attempts.get(state);
  if (!session || !attempt || attempt.started + 60 * 60 * 1000 < Date.now()) {
    if (session?.claims) return { session, to: '/profile' };
    throw new Problem(400, 'Unknown sign-in', 'This browser did not begin it, or it is too old.', retry);
  }
  session.attempts.delete(state);
  const code = query.get('code');
  const refusal = query.get('error');
  if (refusal) throw new Problem(403, 'You are not signed in', `The answer was: ${refusal}`, retry);
  if (!code) throw new Problem(400, 'Unknown sign-in', 'There is no code in it.', retry);
  try {
    const about = await tenant.about();
    const iss = query.get('iss') ?? (about.authorization_response_iss_parameter_supported ? '' : about.issuer);
    if (iss !== about.issuer) throw new Error('the answer is from another issuer');
    const answer = await tenant.grant({ grant_type: 'authorization_code', code, redirect_uri: callbackUrl, code_verifier: attempt.verifier });
    const claims = await tenant.read(answer.id_token ?? '');
    if (claims.nonce !== attempt.nonce) throw new Error('the ID token is of another sign-in');
    if (session.signedOut) throw new Error('signed out meanwhile');
    const renewed = begin(session.attempts);
    renewed.claims = claims;
    renewed.tokens = tokenSet(answer, ASK_FOR);
    renewed.secondTry = session.sentAway;
    end(session);
    return { session: renewed, to: attempt.target };
  } catch (error) {
    console.warn('sign-in:', (error as Error).message);
    throw new Problem(error instanceof GrantRefused ? 400 : 502, 'Signing in failed', 'The answer of the tenant was not right.', retry);
  }
}

const underWay = new Map<string, ReturnType<typeof complete>>();

export function signInRoutes(app: Express) {
  app.get('/login', signIn);
  app.get('/callback', async (req, res) => {
    const before = sessionOf(res);
    const name = `${before?.key ?? req.get('cookie') ?? ''} ${req.originalUrl}`;
    let work = underWay.get(name);
    if (!work) {
      work = complete(before, new URL(req.originalUrl, BASE_URL).searchParams);
      underWay.set(name, work);
      work.catch(() => undefined).then(() => setTimeout(() => underWay.delete(name), 1500).unref());
    }
    const { session, to } = await work;
    hand(req, res, session);
    res.redirect(to);
  });
  app.post('/logout', async (req, res) => {
    const session = sessionOf(res);
    if (session) {
      session.signedOut = true;
      end(session);
    }
    hand(req, res);
    const { end_session_endpoint } = await tenant.about().catch(() => ({ end_session_endpoint: undefined }));
    const query = new URLSearchParams({ client_id: CLIENT_ID, post_logout_redirect_uri: `${new URL(BASE_URL).origin}/` });
    res.redirect(303, end_session_endpoint ? `${end_session_endpoint}?${query}` : '/');
  });
}
