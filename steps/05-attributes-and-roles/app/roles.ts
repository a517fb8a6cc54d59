import type { RequestHandler } from 'express';
import { PageError } from './errors';

/**
 * For pages of one role: it stands on the route, behind `requireLogin`. What a view leaves out can still be asked for by its address.
 *
 * @param role the name that the tenant gives it.
 */
export function requireRole(role: string): RequestHandler {
  return (req, _res, next) => {
    // BEGIN SOLUTION 5.4
    // STUB // Task 5.4: let nobody else in
    // STUB throw new PageError(501, 'Not built yet', `Task 5.4 asks for the role ${role}.`);
    if (req.session.user?.roles.includes(role)) return next();
    throw new PageError(403, 'Not your role', `This page is for users with the role ${role}.`, {
      href: '/profile',
      text: 'Your profile',
    });
    // END SOLUTION
  };
}
