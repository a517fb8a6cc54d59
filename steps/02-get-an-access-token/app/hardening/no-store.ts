import type { RequestHandler } from 'express';

/**
 * Attack: somebody presses "back" after the user has logged out, or asks a cache on the way, and sees the user's pages.
 * Protection: no page of a user who is logged in is stored anywhere, the public ones included.
 */
export const noStore: RequestHandler = (req, res, next) => {
  if (req.session.user) res.set('Cache-Control', 'no-store');
  next();
};
