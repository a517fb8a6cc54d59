import { join } from 'node:path';
import express from 'express';
import session from 'express-session';
import './session-types';
import { Failure, showFailure } from './failures';
import { sameSite } from './guard';
import { Identity } from './identity';
import { accountRoutes } from './routes/account';
import { loginRoutes } from './routes/login';
import type { Settings } from './settings';
import { Vault } from './vault';

export function buildApp(settings: Settings): express.Express {
  const app = express();
  const vault = new Vault();
  const identity = new Identity(settings);

  app.disable('x-powered-by');
  app.set('view engine', 'pug');
  app.set('views', join(__dirname, '..', 'views'));
  app.use((_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    res.set('Content-Security-Policy', "default-src 'self'; frame-ancestors 'none'");
    res.set('Referrer-Policy', 'same-origin');
    res.set('X-Content-Type-Options', 'nosniff');
    next();
  });
  app.use(
    session({
      name: 'desk',
      secret: settings.sessionSecret,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', path: '/', secure: true },
    }),
  );
  app.use((req, res, next) => {
    res.locals.user = req.session.user;
    next();
  });
  app.use(sameSite(settings.baseUrl));
  app.use(express.urlencoded({ extended: false }));

  app.use(loginRoutes(settings, identity, vault));
  app.use(accountRoutes(vault));

  app.use((_req, _res, next) => next(new Failure(404, 'Not found', 'This page does not exist.')));
  app.use(showFailure);
  return app;
}
