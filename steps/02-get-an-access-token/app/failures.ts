import * as client from 'openid-client';
import { PageError } from './errors';
import { LoggedOut } from './final-store';

const LOG_IN = { href: '/login', text: 'Log in again' };

/** The page for what can go wrong with a log-in, most of it between this app and the tenant. */
export function explainFailure(error: unknown): PageError | undefined {
  if (error instanceof LoggedOut)
    return new PageError(400, 'This log-in is no longer open', 'You have logged out since it began.', LOG_IN);
  if (error instanceof client.AuthorizationResponseError) return declined(error);
  if (error instanceof client.ResponseBodyError) return refused(error);
  if (isUnreachable(error)) {
    return new PageError(
      503,
      'The log-in is not available',
      'The tenant does not answer. Nothing is lost: try again in a moment.',
      LOG_IN,
      { cause: error },
    );
  }
  if (error instanceof client.ClientError || error instanceof client.WWWAuthenticateChallengeError) {
    // What the tenant sent is not what the standards say, or does not belong to this log-in: nobody is logged in by it.
    return new PageError(502, 'The log-in failed', 'The tenant’s answer cannot be used.', LOG_IN, {
      cause: error,
    });
  }
  return undefined;
}

/** The tenant cannot be reached, or not in time. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof client.ClientError) return error.code === 'OAUTH_TIMEOUT';
  // A failed connection is a bare TypeError of fetch, with the system's error as its cause.
  return error instanceof TypeError && error.message === 'fetch failed';
}

/** `error=` at the callback (RFC 6749, section 4.1.2.1). Its text comes from the URL: pug escapes it. */
function declined(error: client.AuthorizationResponseError): PageError {
  const why = error.error_description ?? error.error;
  const status = error.error === 'access_denied' ? 403 : 400;
  return new PageError(status, 'You are not logged in', `The tenant said: ${why}`, LOG_IN, { cause: error });
}

/** An error answer of the token endpoint (RFC 6749, section 5.2). */
function refused(error: client.ResponseBodyError): PageError {
  if (error.status >= 500)
    return new PageError(
      502,
      'The log-in failed',
      'The tenant has a problem of its own. Try again in a moment.',
      LOG_IN,
      { cause: error },
    );
  if (error.error === 'invalid_grant') {
    return new PageError(
      400,
      'This log-in is no longer valid',
      'It was used already or took too long.',
      LOG_IN,
      { cause: error },
    );
  }
  return new PageError(
    502,
    'The log-in failed',
    `The tenant refused this app (${error.error}). Whoever runs the app must look at its settings.`,
    LOG_IN,
    { cause: error },
  );
}
