import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Stops: an answer that a cache stores and shows to another user, and one that a browser takes for a page
 * (RFC 9111, section 5.2.2.5).
 */
export const headers: RequestHandler[] = [
  helmet({ contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] }, useDefaults: false } }),
  (_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  },
];
