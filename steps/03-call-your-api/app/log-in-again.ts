import type { Request, RequestHandler, Response } from 'express';
import { PageError } from './errors';
import { toLogin } from './require-login';

/** A cookie that says: the API refused the access token, and a log-in was begun because of it. */
const MARK = 'app.refused';
/** Milliseconds within which a second refusal is taken for the answer to the new token. */
const RECENT = 60_000;

/**
 * Sends a user whose access token the API refused to log in, once. A tenant that still knows the user lets them through without a question, so
 * an API that refuses every token, because of a wrong AUDIENCE for example, would send the browser round and round.
 *
 * @throws PageError when the token that the log-in brought is refused too.
 */
export function logInAgain(req: Request, res: Response, returnTo: string): void {
  if (isMarked(req)) {
    throw new PageError(
      502,
      'The API refuses this app',
      'You have just logged in, and the API does not accept the new access token either. Whoever runs the app must compare AUDIENCE and ISSUER_BASE_URL with the settings of the API.',
      { href: returnTo, text: 'Try again' },
    );
  }
  res.cookie(MARK, '1', { httpOnly: true, sameSite: 'lax', secure: req.secure, maxAge: RECENT });
  toLogin(res, returnTo);
}

/** Each answer takes the mark away again; only the next refusal sets it anew. */
export const forgetRefusal: RequestHandler = (req, res, next) => {
  if (isMarked(req)) res.clearCookie(MARK);
  next();
};

const isMarked = (req: Request) => `; ${req.headers.cookie ?? ''};`.includes(`; ${MARK}=1;`);
