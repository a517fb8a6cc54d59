import type { RequestHandler, Response } from 'express';

/** Private pages: who is not logged in is sent to the log-in and comes back; a program gets 401. Nothing is kept in caches. */
export const requireLogin: RequestHandler = (req, res, next) => {
  res.set('Cache-Control', 'no-store');
  if (req.session.user) return next();
  if (!req.accepts(['json', 'html']) || !/\btext\/html\b/.test(req.get('accept') ?? '')) {
    res.status(401).json({ error: 'Not logged in', message: 'This page needs a log-in.' });
    return;
  }
  toLogin(res, req.method === 'GET' ? req.originalUrl : '/profile');
};

/** Sends the user to log in, and afterwards to the path given. */
export function toLogin(res: Response, returnTo: string): void {
  res.redirect(303, `/login?${new URLSearchParams({ returnTo })}`);
}
