import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Refuses what no page of the guide sends: a Host that is not loopback's (a name that somebody let point here, DNS rebinding), and a change
 * asked for by another site's page (CSRF).
 *
 * @param port where the guide listens; known only once it does.
 */
export function onlyFromHere(port: () => number): RequestHandler {
  return (req, res, next) => {
    const hosts = ['localhost', '127.0.0.1', '[::1]'].map((name) => `${name}:${port()}`);
    const refuse = (what: string) =>
      res
        .status(403)
        .type('text/plain')
        .send(`${what} is not the guide's. Open http://localhost:${port()}/ by its own address.\n`);
    const { host = '', origin } = req.headers;
    if (!hosts.includes(host.toLowerCase())) return refuse('This Host');
    const own = origin === undefined || hosts.some((one) => origin.toLowerCase() === `http://${one}`);
    if (!own) return refuse('This Origin');
    if (['GET', 'HEAD'].includes(req.method)) return next();
    // A browser that sends no Origin with a form says where it comes from in Sec-Fetch-Site; a program says neither.
    const site = req.headers['sec-fetch-site'];
    if (site !== undefined && !['same-origin', 'none'].includes(String(site))) return refuse('This site');
    next();
  };
}

/** Only the guide's own files, no inline script; styles inline only with this answer's nonce (mermaid's diagrams). */
export function strictHeaders(): RequestHandler[] {
  return [
    (_req, res, next) => {
      res.locals.nonce = randomBytes(16).toString('base64');
      next();
    },
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: [
            "'self'",
            (_req, res) => `'nonce-${(res as unknown as { locals: { nonce: string } }).locals.nonce}'`,
          ],
          imgSrc: ["'self'", 'data:'],
          connectSrc: ["'self'"],
          fontSrc: ["'self'"],
          formAction: ["'self'"],
          baseUri: ["'none'"],
          frameAncestors: ["'none'"],
        },
      },
      crossOriginEmbedderPolicy: false,
      // The guide has no https, and localhost:3000 is another party's.
      strictTransportSecurity: false,
      referrerPolicy: { policy: 'no-referrer' },
    }),
    (_req, res, next) => {
      res.setHeader('Cache-Control', 'no-store');
      next();
    },
  ];
}
