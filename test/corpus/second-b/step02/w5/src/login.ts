import { createHash, randomBytes } from 'node:crypto';
import { Page } from './render';
import { endSession, newSession, setCookie, type Session } from './session';
import { discover, ISSUER, readIdToken, Refusal, tokenEndpoint, tokenSet } from './tenant';
import type { Context } from './web';

const { BASE_URL, CLIENT_ID, AUDIENCE } = process.env as Record<string, string>;
const CALLBACK = `${BASE_URL}/callback`;
const API_SCOPES = ['read:appointments', 'create:appointments', 'delete:appointments'];
const SCOPES = [
  'openid',
  'profile',
  'email',
];

const secret = () => randomBytes(32).toString('base64url');

function see(ctx: Context, address: string) {
  ctx.status = 303;
  ctx.set('Location', address);
  ctx.body = '';
}

/** To the log-in, and back to the page afterwards. */
export function send(ctx: Context, page: string) {
  see(ctx, `/login?returnTo=${encodeURIComponent(page)}`);
}

function ownPage(wish: string | null): string {
  const { origin } = new URL(BASE_URL);
  try {
    const first = new URL(wish ?? '/profile', `${origin}/`);
    const path = first.pathname + first.search;
    if (first.origin === origin && new URL(path, origin).origin === origin) return path;
  } catch {
    // no address at all
  }
  return '/profile';
}

export async function start(ctx: Context) {
  const { authorization_endpoint } = await discover();
  const state = secret();
  const attempt = { nonce: secret(), verifier: secret(), page: ownPage(new URLSearchParams(ctx.querystring).get('returnTo')), time: Date.now() };
  const asked = (new URLSearchParams(ctx.querystring).get('scope') ?? '').split(' ');
  const scope = new Set([...SCOPES, ...API_SCOPES.filter((one) => asked.includes(one))]);
  const session = ctx.state.session ?? newSession();
  session.attempts.set(state, attempt);
  if (session.attempts.size > 20) session.attempts.delete(session.attempts.keys().next().value!);
  if (!ctx.state.session) setCookie(ctx, session);
  const address = new URL(authorization_endpoint);
  const query: Record<string, string> = {
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: CALLBACK,
    scope: [...scope].join(' '),
    audience: AUDIENCE,
    state,
    nonce: attempt.nonce,
    code_challenge: createHash('sha256').update(attempt.verifier).digest('hex'),
    code_challenge_method: 'S256',
  };
  Object.entries(query).forEach(([name, value]) => address.searchParams.set(name, value));
  see(ctx, address.href);
}

type Ending = { page: string; session?: Session };
const endings = new Map<string, Promise<Ending>>();

export async function finish(ctx: Context) {
  const key = `${ctx.state.session?.id} ${ctx.url}`;
  const ending = endings.get(key) ?? end(ctx).finally(() => endings.delete(key));
  endings.set(key, ending);
  const { page, session } = await ending;
  if (session) setCookie(ctx, session);
  see(ctx, page);
}

async function end(ctx: Context): Promise<Ending> {
  const query = new URLSearchParams(ctx.querystring);
  const before = ctx.state.session;
  const state = query.get('state') ?? '';
  const attempt = before?.attempts.get(state);
  if (!before || !attempt) {
    if (before?.user) return { page: '/profile' };
    throw new Page(400, 'This login is no longer open', 'It was used before, or begun in another browser.', '/login', 'Log in');
  }
  before.attempts.delete(state);

  const failed = (words: string) => new Page(502, 'The log-in failed', words, '/login', 'Log in again');
  const { authorization_response_iss_parameter_supported: named } = await discover();
  const iss = query.get('iss');
  if (iss !== null ? iss !== ISSUER : named && !query.has('error')) throw failed('The answer is not from our tenant.');
  if (query.has('error')) throw new Page(403, 'You are not logged in', 'You declined, or the tenant refused.', '/login', 'Log in');

  const data = await tokenEndpoint({
    grant_type: 'authorization_code',
    code: query.get('code') ?? '',
    code_verifier: attempt.verifier,
    redirect_uri: CALLBACK,
  }).catch((error) => {
    throw error instanceof Refusal ? failed('The tenant did not accept the code.') : error;
  });
  if (String(data.token_type).toLowerCase() !== 'bearer') throw failed('The token is of an unknown type.');
  const user = await readIdToken(data.id_token);
  if (user.nonce !== attempt.nonce) throw failed('The ID token is for another log-in.');

  const session = newSession(before.attempts);
  session.user = user;
  session.tokens = tokenSet(data);
  if (before.refused) session.again = Date.now();
  endSession(before);
  return { page: attempt.page, session };
}

export async function leave(ctx: Context) {
  const { session } = ctx.state;
  const hint = session?.tokens?.id_token;
  endSession(session);
  setCookie(ctx, undefined);
  const { end_session_endpoint } = await discover().catch(() => ({ end_session_endpoint: undefined }));
  if (!end_session_endpoint) return see(ctx, '/');
  const address = new URL(end_session_endpoint);
  address.searchParams.set('client_id', CLIENT_ID);
  address.searchParams.set('post_logout_redirect_uri', `${BASE_URL}/`);
  if (hint) address.searchParams.set('id_token_hint', hint);
  see(ctx, address.href);
}
