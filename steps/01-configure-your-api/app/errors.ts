import type { ErrorRequestHandler, Express, Response } from 'express';

/** An error page: what happened, and what the user can do. */
export class PageError extends Error {
  override name = 'PageError';

  /**
   * @param status HTTP status.
   * @param action where the user can go on from.
   */
  constructor(
    readonly status: number,
    readonly title: string,
    message: string,
    readonly action: { href: string; text: string } = { href: '/', text: 'Back to the start page' },
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What may go wrong outside of this app, each with its own page; later steps add to them. */
type Translator = (error: unknown) => PageError | undefined;

/** The last handlers of an app: no stack trace and nobody else's error page ever reaches a user. */
export function handleErrors(app: Express, ...translators: Translator[]): void {
  app.use((req) => {
    throw new PageError(404, 'No such page', `This site has nothing at ${req.path}.`);
  });
  const handler: ErrorRequestHandler = (error, req, res, next) => {
    if (res.headersSent) return next(error);
    const page = error instanceof PageError ? error : (first(translators, error) ?? unexpected(error));
    if (page.status >= 500) console.error(`${req.method} ${req.path}: ${causes(error)}`);
    if (req.accepts(['html', 'json']) === 'json')
      res.status(page.status).json({ error: page.title, message: page.message });
    else show(res, page);
  };
  app.use(handler);
}

function show(res: Response, { status, title, message, action }: PageError): void {
  res.status(status).set('Cache-Control', 'no-store').render('error', { title, message, action });
}

function first(translators: Translator[], error: unknown): PageError | undefined {
  for (const translate of translators) {
    const page = translate(error);
    if (page) return page;
  }
  return undefined;
}

function unexpected(error: unknown): PageError {
  const status = (error as { status?: number }).status;
  if (status !== undefined && status >= 400 && status < 500) {
    return new PageError(
      status,
      'This cannot be read',
      'The address or the form that was sent is malformed.',
    );
  }
  return new PageError(500, 'Something went wrong', 'The fault is on this side. Try again in a moment.');
}

/** The messages of an error and of what caused it, for the log; never its properties, which may hold tokens. */
function causes(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${causes(error.cause)})`;
}
