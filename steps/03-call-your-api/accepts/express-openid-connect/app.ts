import type { Express } from 'express';
import { requiresAuth } from 'express-openid-connect';
import { escapeHtml, profilePage } from './pages';

const { API_URL = 'http://localhost:3001' } = process.env;

export function addPages(app: Express): void {
  profilePage(app);
  app.get('/appointments', requiresAuth(), async (req, res) => {
    const { token_type = 'Bearer', access_token = '' } = req.oidc.accessToken ?? {};
    const response = await fetch(`${API_URL}/appointments`, {
      headers: { Authorization: `${token_type} ${access_token}` },
      signal: AbortSignal.timeout(3000),
    }).catch(() => undefined);
    if (response?.status === 401) return res.oidc.login({ returnTo: '/appointments' });
    if (response?.status === 403) {
      const [, missing] = /scope="([^"]*)"/.exec(response.headers.get('www-authenticate') ?? '') ?? [];
      return void res.status(403).send(`This app lacks ${escapeHtml(missing)}.`);
    }
    if (!response?.ok) return void res.status(503).send('The appointments are not available now.');
    const { appointments } = (await response.json()) as { appointments: { title: string }[] };
    res.send(appointments.map(({ title }) => `<li>${escapeHtml(title)}</li>`).join(''));
  });
}
