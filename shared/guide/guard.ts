import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import helmet from 'helmet';
import { otherName } from '../lib/elsewhere';
import { html } from './view';

/** A page that is refused gets no style sheet of the guide: its few lines are inside it, and the policy names them. */
const STYLE =
  'body{max-width:46rem;margin:0 auto;padding:2.5rem 1.25rem;font:17px/1.6 system-ui,sans-serif;overflow-wrap:anywhere}a{color:inherit}';
const STYLE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Refuses other Host headers than loopback's (DNS rebinding) and requests of other sites' pages (CSRF), also of the
 * learner's app. @param port the guide's, once it listens. @param ports those of all parties, to be forwarded. */
export function onlyFromHere(port: () => number, ports: () => number[] = () => []): RequestHandler {
  return (req, res, next) => {
    const hosts = ['localhost', '127.0.0.1', '[::1]'].map((name) => `${name}:${port()}`);
    const refuse = (what: string) =>
      res
        .status(403)
        .set('Content-Security-Policy', STYLE_POLICY)
        .type('html')
        .send(
          html('refused', {
            what,
            style: STYLE,
            own: `http://localhost:${port()}/`,
            elsewhere: otherName([...new Set([port(), ...ports()])]),
          }),
        );
    const { host = '', origin } = req.headers;
    // RFC 9112, section 3.2.2: a whole URI in the request line has its own host.
    if (!req.url.startsWith('/')) return refuse('This address');
    // Node.js uses the first of several.
    const several = (req.headersDistinct.host?.length ?? 0) > 1;
    if (several || !hosts.includes(host.toLowerCase())) return refuse('This Host');
    const own = origin === undefined || hosts.some((one) => origin.toLowerCase() === `http://${one}`);
    if (!own) return refuse('This Origin');
    if (fromElsewhere(req) && !isLink(req)) return refuse('This site');
    next();
  };
}

/** A browser that sends no Origin sends Sec-Fetch-Site; a program sends neither. */
function fromElsewhere({ headers }: Request): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** A link on another site to the guide is allowed: that site cannot read the page. */
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
      // With no-referrer browsers send Origin: null for the guide's own forms. Other sites get no referrer anyway.
      referrerPolicy: { policy: 'same-origin' },
    }),
    (_req, res, next) => {
      res.setHeader('Cache-Control', 'no-store');
      next();
    },
  ];
}
