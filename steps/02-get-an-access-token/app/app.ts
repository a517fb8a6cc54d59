import type { Express } from 'express';
import type { Store } from 'express-session';
import type { Config } from './config';
import { refuseCrossSite } from './cross-site';
import { handleErrors } from './errors';
import { explainFailure } from './failures';
import { home } from './home';
import { Issuer } from './issuer';
import { loginRoutes } from './login';
import { logoutRoutes } from './logout';
import { profileRoutes } from './profile';
import { sessions } from './session';
import { createSite } from './site';

/** @param options.store where sessions are kept; without one, in this process's memory. */
export function createApp(config: Config, options: { store?: Store } = {}): Express {
  const app = createSite(config);
  const issuer = new Issuer(config);
  app.use(sessions(config, options.store), refuseCrossSite(config));
  app.get('/', home);
  app.use(loginRoutes(config, issuer), logoutRoutes(), profileRoutes());
  handleErrors(app, explainFailure);
  return app;
}
