import type { RequestHandler } from 'express';
import type { Store } from 'express-session';
import type { Config } from './config';

/** The app's routes, in the order in which Express tries them. Each step adds its own. */
export function routes(_config: Config, _store?: Store): RequestHandler[] {
  return [];
}
