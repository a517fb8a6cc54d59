import type { NextFunction, Request, Response } from 'express';

export class Problem extends Error {
  constructor(readonly status: number, readonly title: string, message: string, readonly link?: [string, string]) {
    super(message);
  }
}
export class LoginNeeded extends Error {}

/** before_action :authenticate */
export function authenticate(req: Request, res: Response, next: NextFunction) {
  if (req.session.user) return next();
  const back = req.method === 'GET' ? req.originalUrl : '/profile';
  res.redirect(303, `/login?returnTo=${encodeURIComponent(back)}`);
}
