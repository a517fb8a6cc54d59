import express, { type RequestHandler } from 'express';
import { challenge, Problem } from './problems';

/**
 * Stops: a token that is sent twice, in the header and in the address or a form, where a proxy may read one and the API
 * the other (RFC 6750, section 2). A token in the address or in a form alone is not read: the request has none.
 */
const form = express.urlencoded({ limit: '10kb', extended: false });

export const oneTokenOnly: RequestHandler[] = [
  (req, res, next) => (req.method === 'POST' ? form(req, res, next) : next()),
  (req, _res, next) => {
    const other =
      req.query.access_token ?? (req.body as { access_token?: unknown } | undefined)?.access_token;
    if (req.headers.authorization === undefined || other === undefined) return next();
    const why = 'the access token was sent in more than one way';
    throw new Problem(
      400,
      'Invalid request',
      `${why}; send it in the Authorization header only.`,
      challenge({ error: 'invalid_request', error_description: why }),
    );
  },
];
