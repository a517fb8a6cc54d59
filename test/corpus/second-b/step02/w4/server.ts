import path from 'node:path';
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { vault } from './lib/vault';
import { PageError } from './lib/page-error';
import { useTenant } from './lib/tenant-strategy';
import loginRoutes from './routes/login';
import userRoutes from './routes/user';

const base = process.env.BASE_URL as string;
const app = express();

app.set('views', path.join(__dirname, 'views'));
app.set('view engine', 'pug');
app.disable('x-powered-by');

app.use((_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  res.set('X-Content-Type-Options', 'nosniff');
  res.set('X-Frame-Options', 'DENY');
  res.set('Referrer-Policy', 'same-origin');
  next();
});

app.use(
  session({
    secret: process.env.SESSION_SECRET as string,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: base.startsWith('https://') },
  }),
);

app.use((req, _res, next) => {
  if (['GET', 'HEAD', 'OPTIONS'].includes(req.method)) return next();
  const origin = req.get('Origin');
  const site = req.get('Sec-Fetch-Site') ?? 'same-origin';
  if ((origin !== undefined && origin !== new URL(base).origin) || (site !== 'same-origin' && site !== 'none')) {
    return next(new PageError(403, 'Request refused', 'This request came from another site.'));
  }
  next();
});
app.use(express.urlencoded({ extended: true }));

useTenant(passport);
// The session has the name of an entry of the vault and what the ID token said.
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user: Express.User, done) => done(null, user));
app.use(passport.session());

app.use((req, res, next) => {
  res.locals.user = req.user?.claims;
  next();
});

app.get('/', (_req, res) => res.render('home', { title: 'Call Your API' }));
app.use(loginRoutes(passport));
app.use(userRoutes);

app.use((_req, _res, next) => next(new PageError(404, 'Not found', 'There is no page at this address.')));

app.use((err: any, _req: express.Request, res: express.Response, next: express.NextFunction) => {
  if (res.headersSent) return next(err);
  if (!(err instanceof PageError)) console.error(err);
  const page =
    err instanceof PageError ? err : new PageError(err?.status >= 400 && err.status < 500 ? err.status : 500, 'Something went wrong', 'Please try again.');
  res.status(page.status).render('error', { title: page.title, page });
});

app.listen(process.env.PORT, () => console.log(`Listening on ${base}, ${vault.size} logins`));
