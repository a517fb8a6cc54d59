import { type Express } from 'express';
import { requiresAuth } from 'express-openid-connect';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escapeHtml = (text: unknown) => String(text).replace(/[&<>"]/g, (one) => ENTITIES[one] ?? one);

export function profilePage(app: Express): void {
  app.get('/', (req, res) => {
    res.send(req.oidc.isAuthenticated() ? '<a href="/profile">You</a>' : '<a href="/login">Log in</a>');
  });
  app.get('/profile', requiresAuth(), (req, res) => {
    res.send(
      `<p>${escapeHtml(req.oidc.user?.name)}, ${escapeHtml(req.oidc.user?.email)} <a href="/logout">Log out</a>`,
    );
  });
}
