import type { RequestHandler, Response } from 'express';
import { PageError } from './errors';
import { hasEnded } from './session';

/** Private pages: who is not logged in is sent to the log-in and comes back; a program gets 401. Nothing is kept in caches. */
export const requireLogin: RequestHandler = (req, res, next) => {
  res.set('Cache-Control', 'no-store');
  if (req.session.user) return next();
  if (!req.accepts(['json', 'html']) || !/\btext\/html\b/.test(req.get('accept') ?? '')) {
    res.status(401).json({ error: 'Not logged in', message: 'This page needs a log-in.' });
    return;
  }
  return toLogin(res, req.method === 'GET' ? req.originalUrl : '/profile');
};

/**
 * Sends the user to log in, and afterwards to the path given.
 *
 * @throws PageError for a user who has logged out while the page was on its way: the tenant may still know them, and would log them in again
 * without a question. Also for a form: form-action of the content security policy holds for redirects too, so Chromium would stop on the way to the
 * tenant without a word. The user is told that nothing was changed, and follows a link.
 */
export async function toLogin(res: Response, returnTo: string): Promise<void> {
  if (res.req.session.user && (await hasEnded(res.req))) {
    throw new PageError(401, 'You have logged out', 'This page was still on its way.', {
      href: '/login',
      text: 'Log in again',
    });
  }
  const href = `/login?${new URLSearchParams({ returnTo })}`;
  if (!['GET', 'HEAD'].includes(res.req.method)) {
    throw new PageError(401, 'Your log-in has ended', 'Nothing was changed. Log in, then do it once more.', {
      href,
      text: 'Log in',
    });
  }
  res.redirect(303, href);
}
