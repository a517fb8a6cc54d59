import * as path from 'path';
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { login, type Person } from './strategy';

const base = new URL(process.env.BASE_URL!);

const app = express();
app.disable('x-powered-by');
app.set('view engine', 'pug');
app.set('views', path.join(__dirname, 'views'));

app.use((req, res, next) => {
  res.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY' });
  next();
});

app.set('trust proxy', 1);
const persons = new Map<string, Person>();
app.use(
  session({
    secret: process.env.SESSION_SECRET!,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: true, maxAge: 8 * 60 * 60 * 1000 },
  }),
);
passport.serializeUser((user, done) => {
  const person = user as Person;
  persons.set(person.key, person);
  done(null, person.key);
});
passport.deserializeUser((key: string, done) => done(null, persons.get(key) ?? false));
app.use(passport.session());
app.use((req, res, next) => {
  res.locals.person = req.user;
  next();
});

app.get('/', (req, res) => res.render('index'));

app.get('/login', async (req, res, next) => {
  const wanted = String(req.query.returnTo ?? '');
  const url = wanted.startsWith('/') && URL.canParse(wanted, base.href) ? new URL(wanted, base) : undefined;
  const back = url && url.origin === base.origin ? url.pathname + url.search : '/profile';
  (req.session as any).back = back.startsWith('//') ? '/profile' : back;
  passport.authenticate(await login())(req, res, next);
});

app.get('/callback', async (req, res, next) => {
  const back = (req.session as any).back ?? '/profile';
  passport.authenticate(await login(), (error: unknown, user: Person | false, info?: { error?: string; message?: string }) => {
    if (error) return next(error);
    if (!user) {
      const declined = info?.error === 'access_denied';
      return res.status(declined ? 403 : 400).render('failed', { why: declined ? 'You are not logged in.' : info?.message ?? 'The login failed.' });
    }
    // logIn begins a new session
    req.logIn(user, (problem) => (problem ? next(problem) : res.redirect(303, back)));
  })(req, res, next);
});

app.get('/profile', (req, res) => {
  if (!req.user) return res.redirect(303, '/login?returnTo=%2Fprofile');
  res.render('profile');
});

app.post('/logout', (req, res, next) => {
  const origin = req.get('origin');
  if (origin && origin !== base.origin) return res.status(403).render('failed', { why: 'Not one of our forms.' });
  const person = req.user as Person | undefined;
  if (person) persons.delete(person.key);
  req.session.destroy((error) => {
    if (error) return next(error);
    res.clearCookie('connect.sid');
    const url = new URL('v2/logout', process.env.ISSUER_BASE_URL);
    url.searchParams.set('client_id', process.env.CLIENT_ID!);
    url.searchParams.set('returnTo', base.origin + '/');
    res.redirect(303, url.href);
  });
});

app.use((req, res) => {
  res.status(404).render('failed', { why: 'There is no such page.' });
});
app.use((error: Error, req: express.Request, res: express.Response, next: express.NextFunction) => {
  console.error(error);
  res.status(502).render('failed', { why: 'The login server has a problem.' });
});

app.listen(process.env.PORT, () => console.log('ready'));
