import type { Express, NextFunction, Request, Response } from 'express';
import { Problem } from '../app/controllers/application_controller';
import * as sessions from '../app/controllers/sessions_controller';
import * as users from '../app/controllers/users_controller';
import { authenticate } from '../app/controllers/application_controller';
import { layout, h } from '../app/helpers/html';

export function draw(app: Express) {
  app.get('/', users.home);
  app.get('/login', sessions.create);
  app.get('/callback', sessions.callback);
  app.post('/logout', sessions.destroy);
  app.get('/profile', authenticate, users.show);
  app.use((req, res) => { res.status(404).send(layout(req, 'Not found', '<p>There is no such page.</p>')); });
  app.use((error: any, req: Request, res: Response, _next: NextFunction) => {
    const known = error instanceof Problem;
    if (!known) console.error(error);
    const status = known ? error.status : error.status >= 400 && error.status < 500 ? error.status : 500;
    const link = known && error.link ? `<p><a href="${h(error.link[0])}">${h(error.link[1])}</a></p>` : '';
    res.status(status).send(layout(req, known ? error.title : 'Something went wrong', `<p>${h(known ? error.message : 'Try again later.')}</p>${link}`));
  });
}
