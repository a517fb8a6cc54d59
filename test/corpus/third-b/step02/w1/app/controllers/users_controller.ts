import type { Request, Response } from 'express';
import { h, layout } from '../helpers/html';
import * as Credentials from '../models/credential';

export function home(req: Request, res: Response) {
  res.send(layout(req, 'Appointments', '<p>Your calendar, on Rails no more.</p>'));
}

export function show(req: Request, res: Response) {
  const user = req.session.user!;
  const scopes = (Credentials.find(req.sessionID)?.scope ?? '').split(' ').filter(Boolean);
  res.send(layout(req, 'Profile', `<dl>
  <dt>Name</dt><dd>${h(user.name)}</dd>
  <dt>E-mail</dt><dd>${h(user.email)}</dd>
  <dt>Subject</dt><dd>${h(user.sub)}</dd>
  <dt>Scopes</dt><dd>${scopes.map((scope) => `<code>${h(scope)}</code>`).join(' ')}</dd></dl>`));
}
