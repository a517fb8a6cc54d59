import type { Response } from 'express';

/** Problem details (RFC 9457). */
export class Problem extends Error {
  override name = 'Problem';

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

export function sendProblem(res: Response, { status, title, detail, headers }: Problem): void {
  res.status(status).set(headers).set('Cache-Control', 'no-store');
  res.type('application/problem+json').send(JSON.stringify({ type: 'about:blank', title, status, detail }));
}
