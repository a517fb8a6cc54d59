import type { Request, RequestHandler } from 'express';
import helmet from 'helmet';
import { otherName } from '../lib/elsewhere';
import { html } from './view';

/**
 * Refuses what no page of the guide sends: a Host that is not loopback's (a name that somebody let point here, DNS rebinding), and whatever
 * another site's page asks for (CSRF and reading across sites). The learner's own app is another site's page too: its port is another one.
 *
 * @param port where the guide listens; known only once it does.
 * @param ports those of all parties, for whoever must forward them.
 */
export function onlyFromHere(port: () => number, ports: () => number[] = () => []): RequestHandler {
  return (req, res, next) => {
    const hosts = ['localhost', '127.0.0.1', '[::1]'].map((name) => `${name}:${port()}`);
    const refuse = (what: string) =>
      res
        .status(403)
        .type('html')
        .send(
          html('refused', {
            what,
            own: `http://localhost:${port()}/`,
            elsewhere: otherName([...new Set([port(), ...ports()])]),
          }),
        );
    const { host = '', origin } = req.headers;
    // RFC 9112, section 3.2.2: a whole URI in the request line has a host of its own.
    if (!req.url.startsWith('/')) return refuse('This address');
    // Node.js keeps the first of several.
    const several = (req.headersDistinct.host?.length ?? 0) > 1;
    if (several || !hosts.includes(host.toLowerCase())) return refuse('This Host');
    const own = origin === undefined || hosts.some((one) => origin.toLowerCase() === `http://${one}`);
    if (!own) return refuse('This Origin');
    if (fromElsewhere(req) && !isLink(req)) return refuse('This site');
    next();
  };
}

/** A browser that sends no Origin says where a request comes from in Sec-Fetch-Site; a program says neither. */
function fromElsewhere({ headers }: Request): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** Somebody follows a link to the guide: the page comes to the front and is not to be seen by the one that has the link. */
function isLink({ method, headers }: Request): boolean {
  return (
    ['GET', 'HEAD'].includes(method) &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  );
}

/** Only the guide's own files, no inline script or style. */
export function strictHeaders(): RequestHandler[] {
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'"],
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
      // With no-referrer a browser says Origin: null with the guide's own forms. Other sites get no referrer by this either.
      referrerPolicy: { policy: 'same-origin' },
    }),
    (_req, res, next) => {
      res.setHeader('Cache-Control', 'no-store');
      next();
    },
  ];
}
