import type { NextFunction, Request, Response } from 'express';
import { ResponseStatusError } from '../web/errorAdvice';

export class SecurityFilterChain {
  readonly #origin: string;
  constructor(baseUrl: string) {
    this.#origin = new URL(baseUrl).origin;
  }

  headers = (_req: Request, res: Response, next: NextFunction) => {
    res.setHeader('Cache-Control', 'no-cache, no-store, max-age=0, must-revalidate');
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('X-Frame-Options', 'DENY');
    res.setHeader('Referrer-Policy', 'same-origin');
    next();
  };

  csrf = (req: Request, _res: Response, next: NextFunction) => {
    if (req.method === 'GET' || req.method === 'HEAD') return next();
    const site = req.get('Sec-Fetch-Site') ?? 'unknown';
    const origin = req.get('Origin') ?? this.#origin;
    if (site === 'unknown' ? origin === this.#origin : site === 'same-origin') return next();
    throw new ResponseStatusError(403, 'Forbidden', 'This form was sent from another site.');
  };

  authenticated = (req: Request, res: Response, next: NextFunction) => {
    if (req.httpSession.principal) return next();
    const saved = req.method === 'GET' ? req.originalUrl : '/profile';
    res.redirect(302, `/login?${new URLSearchParams({ returnTo: saved })}`);
  };
}
