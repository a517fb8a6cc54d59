import type { ErrorRequestHandler, RequestHandler } from 'express';
import * as oidc from 'openid-client';

export class Oops extends Error {
  constructor(public status: number, message: string, public href = '/', public label = 'Start') {
    super(message);
  }
}

export const nothingHere: RequestHandler = () => {
  throw new Oops(404, 'There is no such page.');
};

/** What openid-client throws, in words for the user. */
function fromTenant(error: unknown): Oops | undefined {
  if (error instanceof oidc.AuthorizationResponseError) {
    return error.error === 'access_denied'
      ? new Oops(403, 'You are not logged in: the login was cancelled or not allowed.', '/login', 'Log in')
      : new Oops(502, 'The login failed: the tenant reports an error.', '/login', 'Log in again');
  }
  if (error instanceof oidc.ResponseBodyError || error instanceof oidc.WWWAuthenticateChallengeError) {
    return new Oops(502, 'The tenant refused the request.', '/login', 'Log in again');
  }
  if (error instanceof oidc.ClientError) return new Oops(502, 'The tenant does not answer as it should.', '/login', 'Log in again');
  if (error instanceof TypeError && error.message === 'fetch failed') return new Oops(503, 'The tenant cannot be reached.', '/login', 'Log in again');
  return undefined;
}

export const lastResort: ErrorRequestHandler = (error, req, res, next) => {
  if (res.headersSent) return next(error);
  let oops = error instanceof Oops ? error : fromTenant(error);
  if (!(error instanceof Oops)) console.error(error);
  // body-parser and the router say 4xx themselves
  if (!oops && error?.status >= 400 && error?.status < 500) oops = new Oops(error.status, 'That request is not right.');
  oops ??= new Oops(500, 'Something broke on our side.');
  res.status(oops.status).render('oops', { message: oops.message, href: oops.href, label: oops.label });
};
