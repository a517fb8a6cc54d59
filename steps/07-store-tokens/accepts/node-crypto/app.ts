import path from 'node:path';
import express, { type Express } from 'express';
import type { Store } from 'express-session';
import type { Config } from './config';
import { noSuchPage, showError } from './errors';
import { headers } from './hardening/headers';
import { refuseNoPath } from './hardening/no-path';
import { routes } from './routes';
import { readStoreConfig } from './store-config';

export function createApp(config: Config, options: { store?: Store } = {}): Express {
  const app = express();
  const storeConfig = readStoreConfig(process.env);
  // express-session asks Express, so it believes the same proxies.
  app.set(
    'trust proxy',
    storeConfig.trustProxy.split(',').map((one) => one.trim()),
  );
  app.set('views', path.join(__dirname, 'views')).set('view engine', 'pug');
  app.use(headers(config), refuseNoPath);
  app.use('/public', express.static(path.join(__dirname, 'public'), { redirect: false }));
  for (const route of routes(config, storeConfig, options.store)) app.use(route);
  app.get('/', (_req, res) => res.render('home'));
  app.use(noSuchPage, showError);
  return app;
}
