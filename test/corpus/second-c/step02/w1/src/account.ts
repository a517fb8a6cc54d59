import { Router } from 'express';
import { layout, html } from './layout';
import { needLogin } from './need-login';
import { vault } from './vault';

export const accountRoutes = Router();

accountRoutes.get('/profile', needLogin, (req, res) => {
  const user = req.session.user!;
  const scopes = (vault.get(req.sessionID)?.scope ?? '').split(' ').filter(Boolean);
  res.send(
    layout(
      req,
      'Your profile',
      html`<table><tr><th>Name<td>${user.name}<tr><th>E-mail<td>${user.email}<tr><th>ID<td>${user.sub}</table>` +
        '<h2>Granted</h2><ul>' + scopes.map((s) => html`<li>${s}</li>`).join('') + '</ul>',
    ),
  );
});
