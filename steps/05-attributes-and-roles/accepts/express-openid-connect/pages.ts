import type { Express, Request } from 'express';
import { requiresAuth } from 'express-openid-connect';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escapeHtml = (text: unknown) => String(text).replace(/[&<>"]/g, (one) => ENTITIES[one] ?? one);

const claim = (req: Request, name: string): unknown =>
  req.oidc.idTokenClaims?.[`https://call-your-api.example/${name}`];
const isManager = (req: Request) => [claim(req, 'roles')].flat().includes('manager');
const menu = (req: Request) => (isManager(req) ? '<a href="/office">Office</a> ' : '');

export function profilePage(app: Express): void {
  app.get('/', (req, res) => {
    res.send(
      `${menu(req)}${req.oidc.isAuthenticated() ? '<a href="/profile">You</a>' : '<a href="/login">Log in</a>'}`,
    );
  });
  app.get('/profile', requiresAuth(), (req, res) => {
    const { name, email } = req.oidc.user ?? {};
    const shown = [name, email, claim(req, 'roles'), claim(req, 'office')].filter(Boolean).map(escapeHtml);
    res.send(`${menu(req)}<p>${shown.join(', ')} <a href="/logout">Log out</a>`);
  });
  app.get('/office', requiresAuth(), (req, res) => {
    if (!isManager(req)) return void res.status(403).send('This is for managers.');
    res.send(`${menu(req)}<p>The office in ${escapeHtml(claim(req, 'office') ?? 'an unknown place')}`);
  });
}
