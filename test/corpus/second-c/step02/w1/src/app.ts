import express from 'express';
import session from 'express-session';
import { env } from './env';
import { authRoutes } from './auth';
import { accountRoutes } from './account';
import { HttpError } from './http-error';
import { layout, html } from './layout';

/** In memory, and what has ended stays ended: a slow request must not bring its session back. */
class Sessions extends session.MemoryStore {
  private ended = new Set<string>();

  destroy(sid: string, done?: (error?: unknown) => void) {
    this.ended.add(sid);
    super.destroy(sid, done);
  }

  set(sid: string, data: session.SessionData, done?: (error?: unknown) => void) {
    if (this.ended.has(sid)) done?.();
    else super.set(sid, data, done);
  }
}

export function createApp() {
  const app = express();
  app.disable('x-powered-by');

  app.use((_req, res, next) => {
    res.set({
      'Cache-Control': 'no-store',
      'X-Frame-Options': 'DENY',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'same-origin',
    });
    next();
  });
  app.use(
    session({
      name: 'app.sid',
      store: new Sessions(),
      secret: env.SESSION_SECRET,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax', secure: env.BASE_URL.startsWith('https://') },
    }),
  );
  // Forms may come from our own pages only.
  app.use((req, _res, next) => {
    const foreign = req.headers.origin !== undefined && req.headers.origin !== new URL(env.BASE_URL).origin;
    next(req.method === 'POST' && foreign ? new HttpError(403, 'This form came from another site.') : undefined);
  });
  app.use(express.urlencoded({ extended: false, limit: '10kb' }));

  app.get('/', (req, res) => {
    res.send(layout(req, 'Home', html`<p>${req.session.user ? `Hello ${req.session.user.name}` : 'Nobody is logged in.'}</p>`));
  });
  app.use(authRoutes);
  app.use(accountRoutes);

  app.use((_req, _res, next) => next(new HttpError(404, 'No such page.')));
  app.use((error: any, req: express.Request, res: express.Response, _next: express.NextFunction) => {
    const known = error instanceof HttpError;
    const status = known ? error.status : error.status >= 400 && error.status < 500 ? error.status : 500;
    if (status >= 500) console.error(error);
    const link = known && error.link ? html`<p><a href="${error.link.href}">${error.link.text}</a></p>` : '';
    res.status(status).send(layout(req, `Error ${status}`, html`<p>${known ? error.message : 'That did not work.'}</p>` + link));
  });
  return app;
}
