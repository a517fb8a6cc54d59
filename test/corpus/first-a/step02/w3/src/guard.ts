import type { RequestHandler } from 'express';
import { Failure } from './failures';

export const requireUser: RequestHandler = (req, res, next) => {
  if (req.session.user) return next();
  res.redirect(303, `/login?returnTo=${encodeURIComponent(req.originalUrl)}`);
};

/** A form on somebody else's site must not act for our user. */
export const sameSite =
  (baseUrl: string): RequestHandler =>
  (req, _res, next) => {
    if (['GET', 'HEAD', 'OPTIONS'].includes(req.method)) return next();
    const fetchSite = req.get('sec-fetch-site');
    const origin = req.get('origin');
    const fine = fetchSite ? ['same-origin', 'none'].includes(fetchSite) : !origin || origin === new URL(baseUrl).origin;
    next(fine ? undefined : new Failure(403, 'Not from here', 'Another site sent this request.'));
  };
