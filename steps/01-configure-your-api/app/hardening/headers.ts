import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Config } from '../config';

/**
 * Attack: a page of another site shows this one in a frame and has the user click there, or text that somebody entered runs as a script.
 * Protection: a content security policy that allows no scripts and no frames, and the other headers of helmet.
 */
export function headers({ baseUrl }: Config): RequestHandler {
  return helmet({
    strictTransportSecurity: baseUrl.protocol === 'https:',
    // With helmet's default, no-referrer, browsers send "Origin: null" with the site's own forms.
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
  });
}
