import type { RequestHandler } from 'express';
import type { Config } from './config';
import { PageError } from './errors';

/**
 * Refuses requests that change something and come from another site. Browsers say where a request comes from in Sec-Fetch-Site, older ones in
 * Origin; a program that sends neither has no user's cookies to misuse.
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
