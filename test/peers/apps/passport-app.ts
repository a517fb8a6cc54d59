import express, { type ErrorRequestHandler } from 'express';
import session from 'express-session';
import passport from 'passport';

/** What the session keeps of a login. */
export interface Account {
  sub: string;
  name: string;
  email: string | undefined;
  accessToken?: string;
  refreshToken?: string | undefined;
}

export interface PassportApp {
  strategy: passport.Strategy;
  /** Extra parameters of the login. */
  options: object;
  SESSION_SECRET: string;
  /** Where a logout leads. */
  logoutUrl: string;
  API_URL: string;
}

/** An application with Passport: a strategy, its two routes, and pages for those who are logged in. */
export function passportApp({ strategy, options, SESSION_SECRET, logoutUrl, API_URL }: PassportApp) {
  passport.use('peer', strategy);
  passport.serializeUser((user, done) => done(null, user));
  passport.deserializeUser((user: Express.User, done) => done(null, user));
  const app = express();
  app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }), passport.session());
  app.get('/login', passport.authenticate('peer', options));
  app.get(
    '/callback',
    passport.authenticate('peer', { successRedirect: '/profile', failureRedirect: '/failed' }),
  );
  app.get('/failed', (_req, res) => void res.status(403).send('not logged in'));
  app.get('/', (req, res) => void res.send(req.isAuthenticated() ? 'Logged in' : 'Logged out'));
  app.use((req, res, next) => (req.isAuthenticated() ? next() : res.redirect('/login')));
  app.get('/profile', (req, res) => void res.json(req.user));
  app.get('/appointments', async (req, res) => {
    const headers = { authorization: `Bearer ${(req.user as Account).accessToken}` };
    const answer = await fetch(`${API_URL}/appointments`, { headers });
    res.status(answer.status).json(await answer.json());
  });
  app.get('/logout', (req, res, next) => {
    req.logout((error) => (error ? next(error) : res.redirect(logoutUrl)));
  });
  const failed: ErrorRequestHandler = (error: Error, _req, res, _next) => {
    res.status(500).send(`${error.name}: ${error.message}`);
  };
  app.use(failed);
  return app;
}
