import { Router } from 'express';
import { requireLogin } from './require-login';
import { requireRole } from './roles';

/** A page for managers. */
export function officeRoutes(): Router {
  return Router().get('/office', requireLogin, requireRole('manager'), (req, res) => {
    res.render('office', { office: req.session.user?.office });
  });
}
