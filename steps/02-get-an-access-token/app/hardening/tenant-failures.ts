import type { ErrorRequestHandler } from 'express';
import * as client from 'openid-client';
import { PageError } from '../errors';

/**
 * Failure: the tenant is down, slow, sends HTML, or refuses; or an answer to the callback is forged.
 * Protection: the user gets a page that says what happened and what to do, with a status that says whose fault it is. Nothing is lost by it.
 */
export const tenantFailures: ErrorRequestHandler = (error, _req, _res, next) => {
  next(explain(error) ?? error);
};

function explain(error: unknown): PageError | undefined {
  const page = (status: number, title: string, message: string) =>
    new PageError(status, title, message, { href: '/login', text: 'Log in again' }, { cause: error });
  if (error instanceof client.AuthorizationResponseError) {
    // `error=` at the callback (RFC 6749, section 4.1.2.1). Its text comes from the URL: pug escapes it.
    const status = error.error === 'access_denied' ? 403 : 400;
    return page(
      status,
      'You are not logged in',
      `The tenant said: ${error.error_description ?? error.error}`,
    );
  }
  if (error instanceof client.ResponseBodyError) {
    // An error answer of the token endpoint (RFC 6749, section 5.2).
    if (error.status >= 500)
      return page(502, 'The login failed', 'The tenant has a problem of its own. Try again in a moment.');
    if (error.error === 'invalid_grant')
      return page(400, 'This login is no longer valid', 'It was used already or took too long.');
    const advice = 'The operator of the app must look at its settings.';
    return page(502, 'The login failed', `The tenant refused this app (${error.error}). ${advice}`);
  }
  if (isUnreachable(error)) {
    const advice = 'Nothing is lost: try again in a moment.';
    return page(503, 'The login is not available', `The tenant does not answer. ${advice}`);
  }
  if (isIncomplete(error))
    return page(400, 'This login cannot be finished', 'The address lacks a part that the tenant must send.');
  // What the tenant sent does not follow the standards, or does not belong to this login.
  if (error instanceof client.ClientError || error instanceof client.WWWAuthenticateChallengeError)
    return page(502, 'The login failed', 'The tenant’s answer cannot be used.');
  return undefined;
}

/** The tenant cannot be reached, or not in time. */
function isUnreachable(error: unknown): boolean {
  if (error instanceof client.ClientError) return error.code === 'OAUTH_TIMEOUT';
  // A failed connection is a bare TypeError of fetch, with the system's error as its cause.
  return error instanceof TypeError && error.message === 'fetch failed';
}

/** The callback lacks a parameter that it must have, such as `iss` of a tenant that announces it (RFC 9207, section 2.4). */
function isIncomplete(error: unknown): boolean {
  const reason = error instanceof client.ClientError ? error.cause : undefined;
  const { parameters, expected } = Object(reason instanceof Error ? reason.cause : undefined);
  return parameters !== undefined && expected === undefined;
}
