import { type Data, type Session, alive, destroy, renewed, store } from './lib/session';
import { Stop, document, e, go } from './lib/html';
import { type Key, authorize, bytes, claimsOf, keyFrom, metadataOfTenant, post } from './lib/tokens';

export interface Visit {
  method: string;
  uri: string;
  path: string;
  _GET: URLSearchParams;
  _POST: URLSearchParams;
  session: Session;
  headers: Record<string, string>;
  parts: string[];
  cookie?: string;
}
export type Page = (visit: Visit) => string | Promise<string>;

const HOME = process.env.BASE_URL as string;
const AGAIN: [string, string] = ['/login', 'Log in'];

/** require 'only_users.php'; */
const forUsers = (page: Page): Page => (visit) => {
  if (!visit.session.data.user) go(`/login?returnTo=${encodeURIComponent(visit.method === 'GET' ? visit.uri : '/profile')}`);
  return page(visit);
};

const start: Page = ({ session }) => document(session.data.user, 'Appointments', '<p>Make, see and cancel them.</p>');

function here(address: string | null) {
  if (!address?.startsWith('/')) return '/profile';
  try {
    const { origin, pathname, search } = new URL(address, HOME);
    const fine = origin === new URL(HOME).origin && !pathname.startsWith('//') && !['/login', '/logout', '/callback'].includes(pathname);
    return fine ? pathname + search : '/profile';
  } catch {
    return '/profile';
  }
}

const login: Page = async (visit) => {
  const [state, nonce, verifier] = [bytes(), bytes(), bytes()];
  const to = await authorize(state, nonce, verifier);
  const { session } = visit;
  if (session.data.user && !alive(session)) go('/');
  const logins = Object.entries(session.data.logins).sort((a, b) => a[1].since - b[1].since).slice(-7);
  session.data.logins = Object.fromEntries(logins);
  session.data.logins[state] = { nonce, verifier, back: here(visit._GET.get('returnTo')), since: Date.now() };
  visit.cookie = store(session);
  go(to);
};

const working = new Map<string, Promise<[Session, string]>>();

const callback: Page = async (visit) => {
  const state = visit._GET.get('state') ?? '';
  const lock = `${visit.session.id}:${state}`;
  let job = working.get(lock);
  if (!job) {
    job = logIn(visit, state).finally(() => working.delete(lock));
    working.set(lock, job);
  }
  const [session, back] = await job;
  if (alive(session)) visit.cookie = store(session);
  go(back);
};

async function logIn({ session, _GET }: Visit, state: string): Promise<[Session, string]> {
  const { logins } = session.data;
  if (!Object.hasOwn(logins, state)) {
    if (session.data.user) return [session, '/profile'];
    throw new Stop(400, 'This login is not open', 'It did not begin in this browser, or it is over.', AGAIN);
  }
  const { nonce, verifier, back } = logins[state];
  delete logins[state];
  const tenant = await metadataOfTenant();
  const iss = _GET.get('iss');
  if (iss === null ? tenant.authorization_response_iss_parameter_supported : iss !== tenant.issuer) throw new Stop(400, 'The login failed', 'Somebody else answered.', AGAIN);
  if (_GET.has('error')) throw new Stop(400, 'You are not logged in', 'You or the tenant said no.', AGAIN);
  const [json] = await post({ grant_type: 'authorization_code', code: _GET.get('code') ?? '', code_verifier: verifier, redirect_uri: `${HOME}/callback` });
  const user = json && (await claimsOf(json.id_token));
  if (!user || user.nonce !== nonce) throw new Stop(502, 'The login failed', 'The tenant did not say who you are.', AGAIN);
  if (session.data.loggedOut) throw new Stop(400, 'This login is not open', 'You have logged out.', AGAIN);
  const fresh = renewed(session);
  fresh.data.user = user;
  fresh.data.key = keyFrom(json);
  store(fresh);
  return [fresh, back];
}

const logout: Page = async (visit) => {
  visit.session.data.loggedOut = true;
  visit.cookie = destroy(visit.session);
  const tenant = await metadataOfTenant().catch(() => ({}) as Record<string, any>);
  if (!tenant.end_session_endpoint) go('/');
  const to = new URL(tenant.end_session_endpoint);
  to.searchParams.set('client_id', process.env.CLIENT_ID as string);
  to.searchParams.set('post_logout_redirect_uri', `${HOME}/`);
  go(to.href);
};

const profile: Page = ({ session: { data } }) => document(data.user, 'My profile', `<ul>
<li>Name: ${e(data.user.name)}</li><li>E-mail: ${e(data.user.email)}</li><li>Number: ${e(data.user.sub)}</li>
<li>Granted: ${e(data.key?.scope)}</li></ul>`);

export const pages: [string, RegExp, Page][] = [
  ['GET', /^\/$/, start],
  ['GET', /^\/login$/, login],
  ['GET', /^\/callback$/, callback],
  ['POST', /^\/logout$/, logout],
  ['GET', /^\/profile$/, forUsers(profile)],
];
