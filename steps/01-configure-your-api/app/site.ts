import path from 'node:path';
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Config } from './config';
import { PageError } from './errors';

/** An Express app with pug views, the style sheet, and the headers that every page of this site has. */
export function createSite({ baseUrl }: Config): Express {
  const app = express();
  const https = baseUrl.protocol === 'https:';
  // Behind https stands a proxy on this machine: only its word on the scheme is trusted.
  if (https) app.set('trust proxy', 'loopback');
  app.set('views', path.join(__dirname, 'views')).set('view engine', 'pug');
  // Compiled once: a changed view needs a restart, as changed code does.
  app.enable('view cache');
  app.use(
    helmet({
      strictTransportSecurity: https,
      // With the default, no-referrer, a browser sends "Origin: null" along with the site's own forms.
      referrerPolicy: { policy: 'same-origin' },
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'", 'data:', 'https:'],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
          baseUri: ["'none'"],
        },
      },
    }),
  );
  app.use((req, _res, next) => {
    // "OPTIONS *" asks about the server as a whole (RFC 9110, section 9.3.7); it belongs to no page, and so to no session.
    if (req.url.startsWith('*')) throw new PageError(400, 'No page', 'The request names no path.');
    next();
  });
  app.use('/public', express.static(path.join(__dirname, 'public'), { maxAge: '5m', redirect: false }));
  return app;
}
