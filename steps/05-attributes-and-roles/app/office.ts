import { Router } from 'express';
import { requireLogin } from './auth';
import { attributesFrom, requireRole } from './roles';

/** A page for managers. */
export const office = Router().get('/office', requireLogin, requireRole('manager'), (req, res) => {
  res.render('office', attributesFrom(req.session.user));
});
