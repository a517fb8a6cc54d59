import path = require('node:path');
import express = require('express');
import type { NextFunction, Request, Response } from 'express';
import { attach, sessionOf } from './src/sessions';
import { signInRoutes } from './src/sign-in';
import { Problem } from './src/problem';

const app = express();
app.set('views', path.join(__dirname, 'views'));
app.set('view engine', 'pug');
app.disable('x-powered-by');
app.disable('etag');

const ours = new URL(process.env.BASE_URL!).origin;
app.use((req, res, next) => {
  res.set('Cache-Control', 'no-store').set('X-Frame-Options', 'DENY').set('X-Content-Type-Options', 'nosniff');
  const from = req.get('Origin');
  const site = req.get('Sec-Fetch-Site') ?? (from === undefined || from === ours ? 'same-origin' : 'cross-site');
  if (req.method === 'POST' && site !== 'same-origin' && site !== 'none')
    throw new Problem(403, 'Not from here', 'Another site sent this form.');
  next();
});
app.use(attach);
app.use((_req, res, next) => {
  const claims = sessionOf(res)?.claims;
  res.locals.me = claims && { name: claims.name ?? claims.sub, email: claims.email };
  next();
});
app.use(express.urlencoded({ extended: false }));

function members(req: Request, res: Response, next: NextFunction) {
  if (sessionOf(res)?.claims) return next();
  const to = req.method === 'GET' ? req.originalUrl : '/appointments';
  res.redirect(303, `/login?returnTo=${encodeURIComponent(to)}`);
}

app.get('/', (_req, res) => res.render('front', { heading: 'Call Your API' }));
signInRoutes(app);
app.get('/profile', members, (_req, res) => {
  res.render('profile', { heading: 'Your profile', scopes: sessionOf(res)?.tokens?.scope ?? [] });
});
app.use(() => {
  throw new Problem(404, 'No such page', 'There is nothing at this address.');
});
app.use((error: any, _req: Request, res: Response, next: NextFunction) => {
  if (res.headersSent) return next(error);
  const problem = error instanceof Problem ? error : new Problem(error?.status >= 400 && error.status < 500 ? error.status : 500, 'Something is broken', 'Sorry for that.');
  if (problem.status === 500) console.error(error);
  res.status(problem.status).render('problem', { heading: problem.heading, text: problem.message, link: problem.link });
});

app.listen(Number(process.env.PORT), () => console.log(`${process.env.BASE_URL}`));
