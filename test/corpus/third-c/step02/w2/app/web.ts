import session from 'express-session';
import type { RequestHandler } from 'express';
import { settings } from './settings';
import { Oops } from './oops';

declare module 'express-session' {
  interface SessionData {
    user: Record<string, unknown>;
    guest: true;
  }
}

export const COOKIE = 'agenda.sid';

export const sessions = () =>
  session({
    name: COOKIE,
    secret: settings.sessionSecret,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: settings.baseUrl.startsWith('https:') },
  });

/** The session's callbacks as promises. */
export const later = (work: (done: (error?: unknown) => void) => void) =>
  new Promise<void>((resolve, reject) => work((error) => (error ? reject(error) : resolve())));

export const loggedIn: RequestHandler = (req, res, next) => {
  if (req.session.user) return next();
  const back = req.method === 'GET' ? req.originalUrl : req.path.startsWith('/appointments') ? '/appointments' : '/profile';
  res.redirect(303, '/login?returnTo=' + encodeURIComponent(back));
};

/** Forms come from our own pages only. */
export const ownForm: RequestHandler = (req, res, next) => {
  const site = req.get('Sec-Fetch-Site');
  const origin = req.get('Origin');
  if ((site && site !== 'same-origin' && site !== 'none') || (origin && origin !== new URL(settings.baseUrl).origin)) {
    throw new Oops(403, 'This form was not on one of our pages.');
  }
  next();
};

const forbidden = ['/login', '/callback', '/logout'];
export function backTo(wish: unknown): string {
  if (typeof wish !== 'string' || wish[0] !== '/' || !URL.canParse(wish, settings.baseUrl)) return '/profile';
  const home = new URL(settings.baseUrl);
  const first = new URL(wish, home);
  const sent = first.pathname + first.search + first.hash;
  if (first.origin !== home.origin || !URL.canParse(sent, home.href) || new URL(sent, home).origin !== home.origin) return '/profile';
  return forbidden.includes(first.pathname) ? '/profile' : sent;
}
