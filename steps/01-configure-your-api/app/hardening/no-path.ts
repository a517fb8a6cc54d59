import type { RequestHandler } from 'express';
import { PageError } from '../errors';

/**
 * Attack: "OPTIONS *" or "GET *" names no path, and code that builds an address from the path fails.
 * Protection: 400, before the request gets a session. It asks about the server as a whole (RFC 9110, section 9.3.7).
 */
export const refuseNoPath: RequestHandler = (req, _res, next) => {
  if (req.url.startsWith('*')) throw new PageError(400, 'No page', 'The request names no path.');
  next();
};
