import type { NextFunction, Request, Response } from 'express';

export function loggedIn(req: Request, res: Response, next: NextFunction): void {
  if (req.session.user) return next();
  const page = req.method === 'GET' ? req.originalUrl : '/profile';
  res.redirect(303, `/login?returnTo=${encodeURIComponent(page)}`);
}
