import type { NextFunction, Request, Response } from 'express';
import { HttpError, NotAuthenticated } from './exceptions';
import { cycleKey, flush, saveSession, sessionExists, type Session, type Tokens } from './middleware';
import * as oidc from './oidc';
import { API, LOGIN_REDIRECT_URL, OIDC, SITE } from './settings';
import { escape, page } from './templates';

export function loginRequired(req: Request, res: Response, next: NextFunction) {
  if (req.session.user) return next();
  res.redirect(303, `/login?returnTo=${encodeURIComponent(req.method === 'GET' ? req.originalUrl : LOGIN_REDIRECT_URL)}`);
}

export function index(req: Request, res: Response) {
  res.send(page(req, 'Welcome', '<p>All your appointments in one place.</p>'));
}

/** url_has_allowed_host_and_scheme */
function allowedNext(next: unknown) {
  if (typeof next !== 'string' || next[0] !== '/') return LOGIN_REDIRECT_URL;
  let url: URL;
  try {
    url = new URL(next, SITE);
  } catch {
    return LOGIN_REDIRECT_URL;
  }
  if (url.origin !== new URL(SITE).origin || url.pathname.startsWith('//')) return LOGIN_REDIRECT_URL;
  if (['/login', '/callback', '/logout'].includes(url.pathname)) return LOGIN_REDIRECT_URL;
  return url.pathname + url.search;
}

export async function login(req: Request, res: Response) {
  const [state, request, url] = await oidc.authorizationUrl(allowedNext(req.query.returnTo));
  if (req.session.user && !sessionExists(req.session)) return res.redirect(303, '/');
  req.session.logins.set(state, request);
  for (const oldest of req.session.logins.keys()) {
    if (req.session.logins.size <= 10) break;
    req.session.logins.delete(oldest);
  }
  saveSession(req.session, res);
  res.redirect(303, url);
}

const inProgress = new Map<string, Promise<[Session, string]>>();

export async function callback(req: Request, res: Response) {
  const { state } = req.query;
  if (typeof state !== 'string') throw new HttpError(400, 'The login failed', 'There is no state.', ['/login', 'Log in']);
  const id = `${req.session.key}/${state}`;
  let work = inProgress.get(id);
  if (!work) {
    const request = req.session.logins.get(state);
    if (!request) {
      if (req.session.user) return res.redirect(303, LOGIN_REDIRECT_URL);
      throw new HttpError(400, 'This login is over', 'It was finished, or it began in another browser.', ['/login', 'Log in']);
    }
    req.session.logins.delete(state);
    work = (async (): Promise<[Session, string]> => {
      const { answer, claims } = await oidc.complete(req.query, request);
      if (req.session.ended) throw new HttpError(400, 'This login is over', 'You have logged out meanwhile.', ['/login', 'Log in']);
      const fresh = cycleKey(req.session);
      fresh.user = claims;
      fresh.tokens = tokensOf(answer);
      saveSession(fresh, res);
      return [fresh, request.next];
    })().finally(() => inProgress.delete(id));
    inProgress.set(id, work);
  }
  const [session, next] = await work;
  if (sessionExists(session)) saveSession(session, res);
  res.redirect(303, next);
}

export async function logout(req: Request, res: Response) {
  flush(req, res);
  const end = await oidc.discover().then((found) => found.end_session_endpoint, () => undefined);
  if (!end) return res.redirect(303, '/');
  const url = new URL(end);
  url.searchParams.set('client_id', OIDC.client);
  url.searchParams.set('post_logout_redirect_uri', `${SITE}/`);
  res.redirect(303, url.href);
}

export function profile(req: Request, res: Response) {
  const { user, tokens } = req.session;
  res.send(page(req, 'Profile', `<table>
<tr><th>Name<td>${escape(user!.name)}
<tr><th>E-mail<td>${escape(user!.email)}
<tr><th>ID<td>${escape(user!.sub)}
<tr><th>Granted<td>${escape(tokens?.scope ?? '')}</table>`));
}

function tokensOf(answer: oidc.Answer, before?: Tokens): Tokens {
  const now = Date.now();
  const life = Number(answer.expires_in ?? 3600) * 1000;
  return {
    access: answer.access_token,
    scope: answer.scope ?? before?.scope ?? OIDC.scope,
    issued: before?.issued ?? now,
    ends: now + life,
  };
}
