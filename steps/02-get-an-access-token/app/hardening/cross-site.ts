import type { RequestHandler } from 'express';
import type { Config } from '../config';
import { PageError } from '../errors';

/**
 * Attack: cross-site request forgery. A page of another site sends a form to this one, with the cookie of the user who looks at that page.
 * Protection: a request that changes something must come from this site. Browsers send Sec-Fetch-Site, older ones Origin; a program that sends
 * neither has no user's cookie to misuse.
 */
export function refuseCrossSite({ baseUrl }: Config): RequestHandler {
  return (req, _res, next) => {
    if (['GET', 'HEAD', 'OPTIONS'].includes(req.method)) return next();
    const site = req.get('sec-fetch-site');
    const origin = req.get('origin');
    const own =
      site === undefined
        ? origin === undefined || origin === baseUrl.origin
        : ['same-origin', 'none'].includes(site);
    if (own) return next();
    throw new PageError(403, 'Refused', 'This request came from another site, so nothing was changed.');
  };
}
