import type { Express } from 'express';
import type { Store } from 'express-session';
import { appointmentRoutes } from './appointments';
import type { Config } from './config';
import { refuseCrossSite } from './cross-site';
import { handleErrors } from './errors';
import { explainFailure } from './failures';
import { home } from './home';
import { Issuer } from './issuer';
import { loginRoutes } from './login';
import { logoutRoutes } from './logout';
import { officeRoutes } from './office';
import { profileRoutes } from './profile';
import { Refresher } from './refresh';
import { sessions } from './session';
import { createSite } from './site';
import { tokenPage } from './token-page';
import { MemoryTokenStore } from './token-store';

/** @param options.store where sessions are kept; without one, in this process's memory. */
export function createApp(config: Config, options: { store?: Store } = {}): Express {
  const app = createSite(config);
  const issuer = new Issuer(config);
  const store = new MemoryTokenStore();
  const tokenKeeper = { store, refresher: new Refresher(issuer, store) };
  app.use(sessions(config, options.store), refuseCrossSite(config));
  app.use((req, _res, next) => {
    req.tokenKeeper = tokenKeeper;
    next();
  });
  app.get('/', home);
  app.use(
    loginRoutes(config, issuer),
    logoutRoutes(),
    profileRoutes(),
    appointmentRoutes(config),
    tokenPage(),
    officeRoutes(),
  );
  handleErrors(app, explainFailure);
  return app;
}
