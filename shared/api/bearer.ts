import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { bearerChallenge } from '../lib/oauth-error';
import { TenantUnreachable } from './keys';
import { Problem } from './problem';
import { whyNotPermitted } from './scopes';
import { type Caller, InvalidToken } from './types';

const REALM = 'appointments';
const callers = new WeakMap<Request, Caller>();

export function callerOf(req: Request): Caller {
  const caller = callers.get(req);
  if (!caller) throw new Error('this route has no requireToken before it');
  return caller;
}

/** Lets a request pass only with an access token in the Authorization header (RFC 6750, section 2.1).
 * Answers (section 3.1): no error code without a token, else invalid_token (401) or invalid_request (400). */
export function requireToken(verify: (token: string) => Promise<Caller> | Caller): RequestHandler {
  return (req, _res, next) => {
    try {
      const found = verify(tokenOf(req));
      if (!(found instanceof Promise)) return pass(req, found, next);
      found.then(
        (caller) => pass(req, caller, next),
        (error) => next(answerFor(error)),
      );
    } catch (error) {
      next(answerFor(error));
    }
  };
}

/** Lets a request pass only when the token allows this scope; else 403 insufficient_scope. */
export function requireScope(scope: string): RequestHandler {
  return (req: Request, _res: Response, next: NextFunction) => {
    const why = whyNotPermitted(callerOf(req), scope);
    if (why === undefined) return next();
    const challenge = authenticate('insufficient_scope', why, scope);
    next(new Problem(403, 'Insufficient scope', `This needs the scope ${scope}, and ${why}.`, challenge));
  };
}

function pass(req: Request, caller: Caller, next: NextFunction): void {
  callers.set(req, caller);
  next();
}

/** RFC 6750, section 2.1: the characters of a token. */
export const isB64token = (text: string): boolean => /^[A-Za-z0-9\-._~+/]+=*$/.test(text);

function tokenOf(req: Request): string {
  const authorization = req.headers.authorization;
  const elsewhere =
    req.query.access_token !== undefined ||
    (req.body as { access_token?: unknown } | undefined)?.access_token !== undefined;
  if (authorization !== undefined && elsewhere) {
    const why = 'the access token was sent in more than one way';
    throw new Problem(
      400,
      'Invalid request',
      `${capital(why)}; send it in the Authorization header only.`,
      authenticate('invalid_request', why),
    );
  }
  // RFC 6750, section 3.1: a request with another scheme gets no error code either.
  if (authorization === undefined || /^(?!Bearer )[\w!#$%&'*+.^`|~-]+ +\S/i.test(authorization)) {
    const hint = elsewhere ? ' A token in the URL or the body is not read.' : '';
    throw new Problem(
      401,
      'No access token',
      `Send an access token: "Authorization: Bearer ACCESS_TOKEN".${hint}`,
      authenticate(),
    );
  }
  // RFC 9110, section 11.1: the scheme's letter case does not matter.
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined || !isB64token(token))
    throw new InvalidToken('header', 'the Authorization header must be "Bearer" and one access token');
  return token;
}

function answerFor(error: unknown): unknown {
  if (error instanceof InvalidToken) {
    return new Problem(
      401,
      'Invalid access token',
      `${capital(error.message)}.`,
      authenticate('invalid_token', error.message),
    );
  }
  if (error instanceof TenantUnreachable) {
    return new Problem(
      503,
      'The tenant cannot be reached',
      'The API cannot check access tokens at the moment. Try again in some seconds.',
      {
        'Retry-After': '5',
      },
    );
  }
  return error;
}

function authenticate(error?: string, error_description?: string, scope?: string): Record<string, string> {
  return { 'WWW-Authenticate': bearerChallenge(REALM, { error, error_description, scope }) };
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
