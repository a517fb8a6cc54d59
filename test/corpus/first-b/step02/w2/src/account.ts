const { Router } = require('express');
import { boxes, loggedIn } from './auth';
import { safe, show } from './show';

export const account = Router();

account.get('/profile', loggedIn, (req: any, res: any) => {
  const { user } = req.session;
  const rows: [string, unknown][] = [['Name', user.name], ['E-mail', user.email], ['Scopes', boxes.get(req.sessionID)?.scope]];
  res.send(show(req, 'Profile', `<dl>${rows.map(([k, v]) => `<dt>${k}</dt><dd>${safe(v)}</dd>`).join('')}</dl>`));
});
