import * as oauth from 'oauth4webapi';
import type { Request, Response } from 'express';
import { oops } from './oops';
import { careful, callbackUrl, me, proof, tenant, translated } from './tenant';
import { fillPurse, emptyPurse, idTokenIn } from './purse';
import { forgetVisitor, giveCookie, newVisitor, type Visitor } from './visitors';

const home = new URL(process.env.BASE_URL!);
const apiScopes = ['read:appointments', 'create:appointments', 'delete:appointments'];
const wishes = [
  'openid profile email',
].join(' ');

function insideOnly(wish: unknown): string {
  if (typeof wish !== 'string') return '/profile';
  // Parsed twice: what is sent must mean what was checked.
  let path = wish;
  for (let i = 0; i < 2; i++) {
    if (!path.startsWith('/') || !URL.canParse(path, home.href)) return '/profile';
    const url = new URL(path, home);
    if (url.origin !== home.origin) return '/profile';
    path = url.pathname + url.search;
  }
  return path.startsWith('//') ? '/profile' : path;
}

export async function signIn(req: Request, res: Response) {
  const server = await tenant();
  const state = oauth.generateRandomState();
  const journey = { verifier: oauth.generateRandomCodeVerifier(), nonce: oauth.generateRandomNonce(), back: insideOnly(req.query.returnTo), since: Date.now() };
  const more = String(req.query.scope ?? '').split(' ').filter((one) => apiScopes.includes(one) && !wishes.includes(one));
  const url = new URL(server.authorization_endpoint!);
  url.search = new URLSearchParams({
    client_id: me.client_id,
    redirect_uri: callbackUrl,
    response_type: 'code',
    scope: [wishes, ...more].join(' '),
    audience: process.env.AUDIENCE!,
    state,
    nonce: journey.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(journey.verifier),
    code_challenge_method: 'S256',
  }).toString();
  let { visitor } = req;
  if (!visitor) {
    const made = newVisitor();
    visitor = made.visitor;
    giveCookie(res, made.id);
  }
  visitor.journeys.set(state, journey);
  if (visitor.journeys.size > 8) visitor.journeys.delete([...visitor.journeys.keys()][0]);
  res.redirect(303, url.href);
}

interface Arrival {
  to: string;
  id?: string;
}
const arrivals = new WeakMap<Visitor, Map<string, Promise<Arrival>>>();

export async function arrive(req: Request, res: Response) {
  const { visitor } = req;
  const state = String(req.query.state);
  if (!visitor) throw closed();
  const mine = arrivals.get(visitor) ?? new Map<string, Promise<Arrival>>();
  arrivals.set(visitor, mine);
  let arrival = mine.get(req.url);
  if (!arrival) {
    arrival = travel(visitor, state, req.originalUrl).finally(() => mine.delete(req.url));
    mine.set(req.url, arrival);
  }
  const { to, id } = await arrival;
  if (id) giveCookie(res, id);
  res.redirect(303, to);
}

const closed = () => oops(400, 'This login is no longer open', 'It was used before, or began in another browser.', '/login', 'Log in');

async function travel(visitor: Visitor, state: string, address: string): Promise<Arrival> {
  const journey = visitor.journeys.get(state);
  if (!journey) {
    if (visitor.user) return { to: '/profile' };
    throw closed();
  }
  visitor.journeys.delete(state);
  const server = await tenant();
  return translated(async () => {
    const params = oauth.validateAuthResponse(server, me, new URL(address, home), state);
    const response = await oauth.authorizationCodeGrantRequest(server, me, proof, params, callbackUrl, journey.verifier, careful());
    const answer = await oauth.processAuthorizationCodeResponse(server, me, response, { expectedNonce: journey.nonce, requireIdToken: true });
    await oauth.validateApplicationLevelSignature(server, response, careful());
    const user = oauth.getValidatedIdTokenClaims(answer)!;
    const next = newVisitor(visitor.journeys);
    next.visitor.user = { ...user };
    next.visitor.purse = fillPurse(answer, user.sub);
    if (visitor.turnedAway) next.visitor.cameBack = Date.now();
    emptyPurse(visitor.purse);
    forgetVisitor(visitor);
    return { to: journey.back, id: next.id };
  });
}

export async function signOut(req: Request, res: Response) {
  const hint = idTokenIn(req.visitor?.purse);
  emptyPurse(req.visitor?.purse);
  forgetVisitor(req.visitor, res);
  const end = await tenant().then((server) => server.end_session_endpoint, () => undefined);
  if (!end) return res.redirect(303, '/');
  const url = new URL(end);
  url.searchParams.set('client_id', me.client_id);
  url.searchParams.set('post_logout_redirect_uri', new URL('/', home).href);
  if (hint) url.searchParams.set('id_token_hint', hint);
  res.redirect(303, url.href);
}
