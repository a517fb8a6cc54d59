import type { ErrorRequestHandler, RequestHandler } from 'express';

/** An error page: what happened, and what the user can do. */
export class PageError extends Error {
  override name = 'PageError';

  /** @param status HTTP status. @param action the link on the page. @param options.cause for the log only. */
  constructor(
    readonly status: number,
    readonly title: string,
    message: string,
    readonly action = { href: '/', text: 'Back to the start page' },
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const noSuchPage: RequestHandler = (req) => {
  throw new PageError(404, 'No such page', `This site has nothing at ${req.path}.`);
};

/** The last handler of the app: a user never sees a stack trace, nor Express's own error page. */
export const showError: ErrorRequestHandler = (error, req, res, _next) => {
  const page = error instanceof PageError ? error : unexpected(error);
  if (page.status >= 500) console.error(`${req.method} ${req.path}: ${causes(error)}`);
  // The response is on its way: only what ran after it has failed.
  if (res.headersSent) return void res.end();
  const { status, title, message, action } = page;
  res.status(status).set('Cache-Control', 'no-store');
  if (req.accepts(['html', 'json']) === 'json') res.json({ error: title, message });
  else res.render('error', { title, message, action });
};

function unexpected({ status }: { status?: number }): PageError {
  if (status !== undefined && status >= 400 && status < 500)
    return new PageError(status, 'This cannot be read', 'The address or the form is malformed.');
  return new PageError(500, 'Something went wrong', 'The fault is on this side. Try again in a moment.');
}

/** For the log: messages, and of a provider's answer only its error. Any other property may hold a token. */
function causes(error: unknown): string {
  if (error instanceof Error)
    return [error.message, error.cause && causes(error.cause)].filter(Boolean).join(': ');
  const answer = error instanceof URLSearchParams ? Object.fromEntries(error) : Object(error);
  const words = [answer.error, answer.error_description].filter((word) => typeof word === 'string');
  return words.join(', ').replace(/[^\x20-\x7e]/g, ' ');
}
