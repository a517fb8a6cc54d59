import type { NextFunction, Request, Response } from 'express';

export class ResponseStatusError extends Error {
  constructor(readonly status: number, readonly title: string, message: string, readonly link?: { href: string; text: string }) {
    super(message);
  }
}

/** @ControllerAdvice */
export function errorAdvice(error: any, _req: Request, res: Response, next: NextFunction) {
  if (res.headersSent) return next(error);
  if (error instanceof ResponseStatusError) {
    const { status, title, message, link } = error;
    return void res.status(status).render('error', { title, message, link });
  }
  const status = error?.status >= 400 && error?.status < 500 ? error.status : 500;
  if (status === 500) console.error(error);
  res.status(status).render('error', { title: 'Error', message: 'This request could not be handled.' });
}
