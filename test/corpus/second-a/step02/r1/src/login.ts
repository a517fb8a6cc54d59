import type { Context } from 'koa';
import * as oauth from 'oauth4webapi';
import { AUDIENCE, BASE_URL, CLIENT_ID } from './env';
import { SCOPE, me, options, secret, tenant } from './tenant';
import { Stop, layout } from './view';
import { type Visit, close, cookie, open, random, visitOf } from './visits';

/** A log-in that was begun. It belongs to the browser whose cookie holds `browser`. */
interface Begun {
  browser: string; nonce: string; verifier: string; returnTo: string; at: number;
}
const begun = new Map<string, Begun>();
setInterval(() => {
  for (const [state, b] of begun) if (Date.now() - b.at > 3_600_000) begun.delete(state);
}, 60_000).unref();
const back = new URL('/callback', BASE_URL).href;

function inside(wish: string | undefined) {
  const own = new URL(BASE_URL);
  for (let i = 0; i < 2; i++) {
    if (!wish?.startsWith('/') || wish.startsWith('//') || !URL.canParse(wish, own)) return '/profile';
    const url = new URL(wish, own);
    if (url.host !== own.host || url.protocol !== own.protocol) return '/profile';
    wish = url.pathname + url.search;
  }
  return wish!;
}

export async function login(ctx: Context) {
  const as = await tenant();
  let browser = ctx.cookies.get('browser', { signed: true });
  if (!browser) {
    browser = random();
    ctx.cookies.set('browser', browser, cookie);
  }
  const state = oauth.generateRandomState();
  const entry: Begun = {
    browser,
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    returnTo: inside([ctx.query.returnTo].flat()[0]),
    at: Date.now(),
  };
  if (begun.size >= 5000) begun.delete(begun.keys().next().value!);
  begun.set(state, entry);
  const url = new URL(as.authorization_endpoint!);
  url.searchParams.set('client_id', CLIENT_ID);
  url.searchParams.set('response_type', 'code');
  url.searchParams.set('redirect_uri', back);
  url.searchParams.set('scope', SCOPE);
  url.searchParams.set('audience', AUDIENCE);
  url.searchParams.set('state', state);
  url.searchParams.set('nonce', entry.nonce);
  url.searchParams.set('code_challenge', await oauth.calculatePKCECodeChallenge(entry.verifier));
  url.searchParams.set('code_challenge_method', 'S256');
  ctx.status = 303;
  ctx.redirect(url.href);
}

const running = new Map<string, Promise<{ visit: Visit; to: string }>>();
export async function callback(ctx: Context) {
  const id = `${ctx.cookies.get('browser', { signed: true })} ${ctx.search}`;
  if (!running.has(id)) running.set(id, exchange(ctx).finally(() => running.delete(id)));
  const { visit, to } = await running.get(id)!;
  ctx.cookies.set('visit', visit.key, cookie);
  ctx.status = 303;
  ctx.redirect(to);
}

async function exchange(ctx: Context): Promise<{ visit: Visit; to: string }> {
  const state = String(ctx.query.state ?? '');
  const entry = begun.get(state);
  if (!entry || entry.browser !== ctx.cookies.get('browser', { signed: true })) {
    if (ctx.state.visit) return { visit: ctx.state.visit, to: '/profile' };
    throw new Stop(400, 'This log-in is over', 'It was not begun in this browser, or it is done.');
  }
  begun.delete(state);
  const as = await tenant();
  let answer: oauth.TokenEndpointResponse;
  try {
    const params = oauth.validateAuthResponse(as, me, new URLSearchParams(ctx.querystring), state);
    const response = await oauth.authorizationCodeGrantRequest(as, me, secret, params, back, entry.verifier, options());
    answer = await oauth.processAuthorizationCodeResponse(as, me, response, { expectedNonce: entry.nonce, requireIdToken: true });
    await oauth.validateApplicationLevelSignature(as, response, options());
  } catch (e) {
    if (e instanceof oauth.AuthorizationResponseError && e.error === 'access_denied') throw new Stop(403, 'You are not logged in', 'You or the tenant declined.');
    console.error(e);
    if (e instanceof oauth.ResponseBodyError && e.error === 'invalid_grant') throw new Stop(400, 'The log-in failed', 'The tenant did not take the code.');
    throw new Stop(502, 'The log-in failed', 'The tenant gave an answer that does not fit.');
  }
  const now = Date.now();
  const visit: Visit = {
    key: random(),
    claims: { ...oauth.getValidatedIdTokenClaims(answer)! },
    access: answer.access_token,
    idToken: answer.id_token,
    scope: answer.scope ?? SCOPE,
    used: now,
  };
  if (ctx.state.visit) close(ctx.state.visit);
  open(visit);
  return { visit, to: entry.returnTo };
}

export const logoutForm = (ctx: Context) => layout(ctx, 'Log out', (h) => h`<form method="post" action="/logout"><button>Log out now</button></form>`);
export async function logout(ctx: Context) {
  const visit = visitOf(ctx);
  ctx.cookies.set('visit', null, cookie);
  ctx.status = 303;
  if (!visit) return ctx.redirect('/');
  close(visit);
  const as = await tenant().catch(() => undefined);
  if (!as?.end_session_endpoint) return ctx.redirect('/');
  const url = new URL(as.end_session_endpoint);
  url.searchParams.set('client_id', CLIENT_ID);
  url.searchParams.set('post_logout_redirect_uri', new URL('/', BASE_URL).href);
  ctx.redirect(url.href);
}
