import type { RequestHandler } from 'express';

export const members: RequestHandler = (req, res, next) => {
  if (req.isAuthenticated()) return next();
  res.redirect(303, `/login?returnTo=${encodeURIComponent(req.method === 'GET' ? req.originalUrl : '/profile')}`);
};
