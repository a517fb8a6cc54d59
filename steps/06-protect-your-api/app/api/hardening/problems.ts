import type { ErrorRequestHandler, RequestHandler } from 'express';

/** Stops: an answer with a stack trace, and a client that cannot read why its request was refused (RFC 9457). */

/** An answer that is no success: problem details. */
export class Problem extends Error {
  /** @param title the kind of problem. @param detail what was wrong this time, and what to do. */
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(detail);
  }
}

/** WWW-Authenticate (RFC 6750, section 3): what is wrong, and which scope is missing. */
export function challenge(parts: Record<string, string> = {}): Record<string, string> {
  const quoted = (text: string) => text.slice(0, 400).replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'");
  const all = Object.entries({ realm: 'appointments', ...parts });
  return {
    'WWW-Authenticate': `Bearer ${all.map(([name, value]) => `${name}="${quoted(value)}"`).join(', ')}`,
  };
}

/** Answers 405 to the other methods of a route. @param allowed its methods. */
export const onlyMethods =
  (allowed: string, detail: string): RequestHandler =>
  () => {
    throw new Problem(405, 'Method not allowed', detail, { Allow: allowed });
  };

export const noSuchRoute: RequestHandler = () => {
  throw new Problem(404, 'No such route', 'This API has /appointments and /appointments/:id.');
};

/** The last handler: each error becomes problem details. */
export const answerProblem: ErrorRequestHandler = (error, _req, res, _next) => {
  const { status, title, detail, headers } = error instanceof Problem ? error : problemOf(error);
  if (!(error instanceof Problem) && status === 500)
    console.error(`api: ${error instanceof Error ? error.stack : String(error)}`);
  res.status(status).set(headers).type('application/problem+json');
  res.send(JSON.stringify({ type: 'about:blank', title, status, detail }));
};

function problemOf({ type, status = 500 }: { type?: string; status?: number }): Problem {
  if (type === 'entity.too.large') return new Problem(413, 'Too large', 'The body may have at most 10 kB.');
  if (type === 'entity.parse.failed') return new Problem(400, 'Not JSON', 'The body is not valid JSON.');
  if (status >= 400 && status < 500)
    return new Problem(status, 'The request cannot be read', 'Its body or its address is malformed.');
  return new Problem(500, 'The API failed', 'Something went wrong here, not in your application.');
}
