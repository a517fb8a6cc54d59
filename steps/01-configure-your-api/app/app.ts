import type { Express } from 'express';
import type { Config } from './config';
import { handleErrors } from './errors';
import { home } from './home';
import { createSite } from './site';

export function createApp(config: Config): Express {
  const app = createSite(config);
  app.get('/', home);
  handleErrors(app);
  return app;
}
