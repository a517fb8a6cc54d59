import path from 'node:path';
import express, { type Express } from 'express';
import type { Store } from 'express-session';
import type { Config } from './config';
import { noSuchPage, showError } from './errors';
import { headers } from './hardening/headers';
import { refuseNoPath } from './hardening/no-path';
import { routes } from './routes';
import { readStoreConfig } from './store-config';

/** The app: Express, its views, and what routes.ts lists. STORE_URL says where sessions are, unless `store` does. */
export function createApp(config: Config, options: { store?: Store } = {}): Express {
  const app = express();
  const storeConfig = readStoreConfig(process.env);
  // BEGIN SOLUTION 7.5
  // STUB // Task 7.5: trust the proxy's word about the scheme, and nobody else's
  // A proxy ends https in front of the app. Its X-Forwarded-* headers are believed, and nobody else's.
  if (config.baseUrl.protocol === 'https:') app.set('trust proxy', storeConfig.trustProxy);
  // END SOLUTION
  app.set('views', path.join(__dirname, 'views')).set('view engine', 'pug');
  // Compile each view once: changed views need a restart, as changed code does.
  app.enable('view cache');
  app.use(headers(config));
  app.use(refuseNoPath);
  app.use('/public', express.static(path.join(__dirname, 'public'), { maxAge: '5m', redirect: false }));
  for (const route of routes(config, storeConfig, options.store)) app.use(route);
  app.get('/', (_req, res) => res.render('home'));
  app.use(noSuchPage, showError);
  return app;
}
