import type { RequestHandler } from 'express';

export const needLogin: RequestHandler = (req, res, next) => {
  if (req.session.user) return next();
  res.redirect(303, `/login?returnTo=${encodeURIComponent(req.method === 'GET' ? req.originalUrl : req.baseUrl || '/profile')}`);
};
