import { Router } from 'express';
import type { Guide } from '../guide';
import { sendPage } from '../view';

/** The learner's app: whether it runs, what it writes, why it ended. */
export function appRoutes({ app }: Guide): Router {
  return Router().get('/app', (_req, res) =>
    sendPage(res, 'app', { title: 'Your app', place: 'none' }, { log: app.recent }),
  );
}
