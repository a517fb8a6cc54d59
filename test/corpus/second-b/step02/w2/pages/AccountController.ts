import { Router } from 'express';
import type { GrantRepository } from '../login/GrantRepository';
import { loggedIn } from './loggedIn';
import type { Views } from './Views';

export class AccountController {
  constructor(
    private readonly grants: GrantRepository,
    private readonly views: Views,
  ) {}

  router(): Router {
    const router = Router();
    router.get('/', (req, res) => void res.send(this.views.home(req.session.user)));
    router.get('/profile', loggedIn, (req, res) => {
      const scope = this.grants.find(req.session.grantId)?.scope ?? '';
      res.send(this.views.profile(req.session.user, scope.split(' ').filter(Boolean)));
    });
    return router;
  }
}
