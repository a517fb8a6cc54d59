import type { RequestHandler } from 'express';
import type { IDToken } from 'openid-client';
import { PageError } from './errors';

/** The namespace of the claims that the Action adds. */
const NAMESPACE = 'https://call-your-api.example';

export interface Attributes {
  /** By the names that the tenant gives them. */
  roles: readonly string[];
  office: string | undefined;
}

/** What the Action put into the ID token; a user without roles has none, and is no error. */
export function attributesFrom(claims: IDToken | undefined): Attributes {
  // BEGIN SOLUTION 5.3
  // STUB // Task 5.3: read roles and office from the ID token
  // STUB return { roles: [], office: undefined };
  const roles = claims?.[`${NAMESPACE}/roles`];
  const office = claims?.[`${NAMESPACE}/office`];
  return {
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
    office: typeof office === 'string' ? office : undefined,
  };
  // END SOLUTION
}

/** For the views: `user` has its attributes. */
export const showAttributes: RequestHandler = (req, res, next) => {
  const { user } = req.session;
  if (user) res.locals.user = { ...user, ...attributesFrom(user) };
  next();
};

/**
 * For pages of one role: it stands on the route, behind `requireLogin`. A page that a view does not show can still be asked for by its address.
 *
 * @param role the name that the tenant gives it.
 */
export function requireRole(role: string): RequestHandler {
  return (req, _res, next) => {
    // BEGIN SOLUTION 5.4
    // STUB // Task 5.4: let nobody else in
    // STUB throw new PageError(501, 'Not built yet', `Task 5.4 asks for the role ${role}.`);
    if (attributesFrom(req.session.user).roles.includes(role)) return next();
    throw new PageError(403, 'Not your role', `This page is for users with the role ${role}.`, {
      href: '/profile',
      text: 'Your profile',
    });
    // END SOLUTION
  };
}
