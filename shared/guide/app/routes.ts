import { Router } from 'express';
import type { Guide } from '../guide';
import { sendPage } from '../view';

/** The learner's app: its state, its output, why it ended. */
export function appRoutes({ app }: Guide): Router {
  return Router().get('/app', (_req, res) =>
    sendPage(res, 'app', { title: 'Your app', place: 'none' }, { log: app.recent }),
  );
}
