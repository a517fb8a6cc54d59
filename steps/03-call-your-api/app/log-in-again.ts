import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { PageError } from './errors';
import { toLogin } from './require-login';

/** A cookie that says in which session the API refused the access token. A log-in brings another session. */
const MARK = 'app.refused';
/** Milliseconds within which a second refusal is taken for the answer to the new token. */
const RECENT = 60_000;

/**
 * Sends a user whose access token the API refused to log in, once. A tenant that still knows the user lets them through without a question, so
 * an API that refuses every token, because of a wrong AUDIENCE for example, would send the browser round and round.
 *
 * @throws PageError when the token that the log-in brought is refused too; what toLogin throws.
 */
export function logInAgain(req: Request, res: Response, returnTo: string): Promise<void> {
  const before = markOf(req);
  const now = createHash('sha256').update(req.sessionID).digest('base64url');
  // Who comes back without having logged in, by a reload or after declining, is sent there again.
  if (before !== undefined && before !== now) {
    throw new PageError(
      502,
      'The API refuses this app',
      'You have just logged in, and the API does not accept the new access token either. Whoever runs the app must compare AUDIENCE and ISSUER_BASE_URL with the settings of the API.',
      { href: returnTo, text: 'Try again' },
    );
  }
  res.cookie(MARK, now, { httpOnly: true, sameSite: 'lax', secure: req.secure, maxAge: RECENT });
  return toLogin(res, returnTo);
}

/** Each answer takes the mark away again; only the next refusal sets it anew. */
export const forgetRefusal: RequestHandler = (req, res, next) => {
  if (markOf(req) !== undefined) res.clearCookie(MARK);
  next();
};

const markOf = (req: Request): string | undefined =>
  `; ${req.headers.cookie ?? ''};`.split(`; ${MARK}=`)[1]?.split(';')[0];
