import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { TokenRefused } from '../api-client';
import { PageError } from '../errors';
import { LoginNeeded } from '../tokens';

/** A cookie that says in which session the API refused the access token. A login brings another session. */
const MARK = 'app.refused';
/** Milliseconds within which a second refusal is taken for the answer to the new token. */
const RECENT = 60_000;

/**
 * Failure: the API refuses every access token, because of a wrong AUDIENCE for example. A tenant that knows the user lets them through without a
 * question, and the browser goes round and round.
 * Protection: when the token that a login has just brought is refused too, a page says so. Each answer clears the cookie; only the next
 * refusal sets it again. A user who comes back without a login, by a reload or after declining, is sent there again.
 *
 * @throws PageError instead of the second TokenRefused or LoginNeeded.
 */
export async function stopLoginLoop<T>(req: Request, res: Response, call: () => Promise<T>): Promise<T> {
  const before = `; ${req.headers.cookie ?? ''};`.split(`; ${MARK}=`)[1]?.split(';')[0];
  if (before !== undefined) res.clearCookie(MARK);
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof TokenRefused || error instanceof LoginNeeded)) throw error;
    const now = createHash('sha256').update(req.sessionID).digest('base64url');
    if (before !== undefined && before !== now)
      throw new PageError(
        502,
        'The API refuses this app',
        'You have just logged in, and the API does not accept the new access token either. The operator of the app must compare AUDIENCE and ISSUER_BASE_URL with the settings of the API.',
        { href: '/appointments', text: 'Try again' },
        { cause: error },
      );
    res.cookie(MARK, now, { httpOnly: true, sameSite: 'lax', secure: req.secure, maxAge: RECENT });
    throw error;
  }
}
