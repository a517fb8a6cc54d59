import express from 'express';
import type { NextFunction, Request, Response } from 'express';
import { config } from './config';
import { html } from './html';
import type { Markup } from './html';
import { callback, login, logout } from './login';
import { Oops } from './oops';
import { load } from './sessions';
import type { Session } from './sessions';

function send(res: Response, title: string, content: Markup) {
  const session: Session | undefined = res.locals.session;
  const links: [string, string][] = [['/', 'Start page']];
  if (!session?.user) links.push(['/login', 'Log in']);
  else {
    links.push(['/profile', 'Profile']);
  }
  const page = html`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body>
<ul>${links.map(([href, text]) => html`<li><a href="${href}">${text}</a></li>`)}</ul>
${session?.user ? html`<form method="post" action="/logout"><button type="submit">Log out</button></form>` : ''}
<h1>${title}</h1>
${content}
</body>
</html>`;
  res.type('html').send(page.text);
}

function known(req: Request, res: Response, next: NextFunction) {
  if (res.locals.session?.user) return next();
  const to = req.originalUrl;
  res.redirect(303, '/login?' + new URLSearchParams({ returnTo: to }));
}

export function web() {
  const app = express().disable('x-powered-by');

  app.use((req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('X-Frame-Options', 'DENY');
    res.setHeader('Content-Security-Policy', "default-src 'self'; frame-ancestors 'none'");
    res.setHeader('Referrer-Policy', 'same-origin');
    next();
  });
  app.use(load);
  app.use((req, _res, next) => {
    const from = req.headers['sec-fetch-site'] ?? (req.headers.origin === undefined || req.headers.origin === config.origin ? 'same-origin' : 'cross-site');
    if (req.method === 'POST' && from !== 'same-origin' && from !== 'none') throw new Oops(403, 'Not from here', 'Another site has sent you.');
    next();
  });
  app.use(express.urlencoded({ extended: false }));

  app.get('/', (_req, res) => {
    const name = res.locals.session?.user?.name;
    send(res, 'Call Your API', name ? html`<p>You are ${name}.</p>` : html`<p>Nobody is logged in here.</p>`);
  });
  app.get('/login', login);
  app.get('/callback', callback);
  app.get('/logout', (_req, res) => send(res, 'Log out', html`<form method="post" action="/logout"><button type="submit">Log out</button></form>`));
  app.post('/logout', logout);

  app.get('/profile', known, (_req, res) => {
    const { user, tokens }: Session = res.locals.session;
    send(
      res,
      'Profile',
      html`<p>${user!.name}, ${user!.email}</p>
<p>This app may: ${tokens?.scope ?? 'nothing'}</p>`,
    );
  });

  app.use(() => {
    throw new Oops(404, 'Not found', 'Nothing is here.');
  });
  app.use((error: any, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    let oops = error;
    if (!(error instanceof Oops)) {
      const clientsFault = error?.status >= 400 && error?.status < 500;
      if (!clientsFault) console.error(error);
      oops = clientsFault ? new Oops(error.status, 'Bad request', 'That cannot be read.') : new Oops(500, 'A mistake of ours', 'Please try again.');
    }
    res.status(oops.status);
    send(res, oops.title, html`<p>${oops.message}</p><p><a href="${oops.href}">${oops.label}</a></p>`);
  });
  return app;
}
