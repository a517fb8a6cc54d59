import type { Express, Request, Response } from 'express';
import type { AuthorizedClients } from '../client/AuthorizedClients';
import type { SecurityFilterChain } from '../security/SecurityFilterChain';

export class PagesController {
  constructor(private readonly security: SecurityFilterChain, private readonly clients: AuthorizedClients) {}

  map(app: Express) {
    app.get('/', (_req, res) => res.render('index', { title: 'Appointments' }));
    app.get('/profile', this.security.authenticated, this.profile);
  }

  profile = (req: Request, res: Response) => {
    const scope = this.clients.load(req.httpSession.id)?.scope ?? '';
    res.render('profile', { title: 'Profile', scopes: scope.split(' ').filter((one) => one !== '') });
  };
}
