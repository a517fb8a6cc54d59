import type { Request, RequestHandler } from 'express';
import { challenge, Problem } from './hardening/problems';

/** Whoever sent a request, as the access token says: `sub` is the user, `exp` is in seconds since the epoch. */
export interface Caller {
  sub: string;
  exp: number;
  /** What the user allows this application: the claim `scope` (RFC 6749, section 3.3). */
  scopes: ReadonlySet<string>;
  /** What the user may do in any application: the claim `permissions` of a tenant with RBAC. */
  permissions: ReadonlySet<string> | undefined;
}

/** The token is refused (RFC 6750, section 3.1: invalid_token). The message says why, `check` which check failed. */
export class InvalidToken extends Error {
  constructor(
    readonly check: string,
    message: string,
  ) {
    super(message);
  }
}

/** No keys are known, and the issuer does not answer: no token can be verified. */
export class KeysUnavailable extends Error {}

const callers = new WeakMap<Request, Caller>();

/** Who sent this request. @throws Error on a route without requireToken. */
export function callerOf(req: Request): Caller {
  const caller = callers.get(req);
  if (!caller) throw new Error('this route has no requireToken before it');
  return caller;
}

/** Lets a request pass only with a valid access token. @param verify throws InvalidToken or KeysUnavailable. */
export function requireToken(verify: (token: string) => Promise<Caller> | Caller): RequestHandler {
  return (req, _res, next) => {
    const pass = (caller: Caller) => next(void callers.set(req, caller));
    const fail = (error: unknown) => next(answerFor(error));
    try {
      const caller = verify(tokenOf(req));
      if (caller instanceof Promise) caller.then(pass, fail);
      else pass(caller);
    } catch (error) {
      fail(error);
    }
  };
}

/** The token in the Authorization header (RFC 6750, section 2.1). */
function tokenOf(req: Request): string {
  const { authorization = '' } = req.headers;
  // BEGIN SOLUTION 6.3
  // STUB // Task 6.3: read the header strictly
  // STUB return authorization.slice('Bearer '.length);
  // RFC 6750, section 3.1: no error code for a request without a token, or with another scheme.
  if (authorization === '' || /^(?!Bearer )\S+ +\S/i.test(authorization))
    throw new Problem(401, 'No access token', 'Send "Authorization: Bearer ACCESS_TOKEN".', challenge());
  const token = /^Bearer +([\w\-.~+/]+=*)$/i.exec(authorization)?.[1];
  if (token !== undefined) return token;
  throw new InvalidToken('header', 'the Authorization header must be "Bearer" and one access token');
  // END SOLUTION
}

/** What to answer when `verify` fails. */
function answerFor(error: unknown): unknown {
  if (error instanceof KeysUnavailable)
    return new Problem(503, 'No keys', `${error.message}. Try again soon.`, { 'Retry-After': '5' });
  if (!(error instanceof InvalidToken)) return error;
  // BEGIN SOLUTION 6.3
  // STUB return new Problem(501, 'Not built yet', 'Task 6.3 answers an invalid token.');
  const headers = challenge({ error: 'invalid_token', error_description: error.message });
  return new Problem(401, 'Invalid access token', `${error.message}.`, headers);
  // END SOLUTION
}

/** Lets a request pass only if its token allows this scope; else answers 403. */
export function requireScope(scope: string): RequestHandler {
  return (req, _res, next) => {
    const why = whyRefused(callerOf(req), scope);
    if (why === undefined) return next();
    // BEGIN SOLUTION 6.3
    // STUB throw new Problem(403, 'Insufficient scope', why);
    const headers = challenge({ error: 'insufficient_scope', error_description: why, scope });
    throw new Problem(403, 'Insufficient scope', `This needs the scope ${scope}, and ${why}.`, headers);
    // END SOLUTION
  };
}

/** Why a caller may not do what needs this scope; undefined if they may. */
export function whyRefused(caller: Caller, scope: string): string | undefined {
  // BEGIN SOLUTION 6.4
  // STUB // Task 6.4: ask what the user allowed this application, and what the user may do
  if (!caller.scopes.has(scope)) return `the token does not have the scope ${scope}`;
  // Without the claim, the tenant does not use RBAC for this API.
  if (caller.permissions && !caller.permissions.has(scope))
    return `the token has the scope ${scope}, but its permissions do not: the user may not do this`;
  // END SOLUTION
  return undefined;
}
