import express = require('express');
import session = require('express-session');
import type { NextFunction, Request, Response } from 'express';
import { env } from './settings';
import { login } from './login';
import { accountOf, LIFETIME } from './accounts';
import { esc, Oops, page } from './html';
import { appointments } from './appointments';

const app = express();
app.disable('x-powered-by');
app.use((_req, res, next) => {
  res.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
  });
  next();
});
app.use(
  session({
    name: 'sid',
    secret: env.sessionSecret,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: env.home.startsWith('https:'), maxAge: LIFETIME },
  }),
);
// Forms of other sites have no business here.
app.use((req, _res, next) => {
  if (['GET', 'HEAD'].includes(req.method)) return next();
  const site = req.get('sec-fetch-site');
  const origin = req.get('origin');
  const foreign = site ? !['same-origin', 'none'].includes(site) : origin !== undefined && origin !== new URL(env.home).origin;
  next(foreign ? new Oops(403, 'Not from here', 'This request came from another site.') : undefined);
});
app.use(express.urlencoded({ extended: false, limit: '20kb' }));

app.get('/', (req, res) => {
  const user = accountOf(req.sessionID)?.user;
  res.send(page('Call Your API', user ? `<p>Hello, ${esc(user.name ?? user.email)}.</p>` : '<p>You are not logged in.</p>', user));
});
app.use(login);

export function members(req: Request, res: Response, next: NextFunction) {
  if (accountOf(req.sessionID)) return next();
  res.redirect(303, `/login?returnTo=${encodeURIComponent(req.method === 'GET' ? req.originalUrl : '/appointments')}`);
}

app.get('/profile', members, (req, res) => {
  const { user, tokens } = accountOf(req.sessionID)!;
  const rows = [
    ['Name', user.name],
    ['E-mail', user.email],
    ['You allowed', tokens?.scope ?? 'nothing known'],
  ];
  res.send(page('Profile', `<dl>${rows.map(([name, value]) => `<dt>${name}</dt><dd>${esc(value)}</dd>`).join('')}</dl>`, user));
});
app.use('/appointments', members, appointments);

app.use((_req, _res, next) => next(new Oops(404, 'Not found', 'There is no such page.')));
app.use((error: Error & { status?: number }, req: Request, res: Response, next: NextFunction) => {
  if (res.headersSent) return next(error);
  const oops =
    error instanceof Oops ? error : new Oops(error.status && error.status < 500 ? error.status : 500, 'Something went wrong', 'Sorry.');
  if (oops.status === 500) console.error(error);
  res
    .status(oops.status)
    .send(page(oops.heading, `<p>${esc(oops.message)}</p><p><a href="${esc(oops.link.href)}">${esc(oops.link.label)}</a></p>`, accountOf(req.sessionID ?? '')?.user));
});

app.listen(env.port, () => console.log(`listening at ${env.home}`));
