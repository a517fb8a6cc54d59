import express from 'express';
import session from 'express-session';
import { settings } from './lib/settings';
import { Problem, render, NeedLogin } from './lib/html';
import authRoutes from './routes/auth';
import accountRoutes from './routes/account';

const app = express();
app.disable('x-powered-by');
app.use((req, res, next) => {
  res.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY' });
  const origin = req.get('origin');
  const foreign = ['cross-site', 'same-site'].includes(req.get('sec-fetch-site') ?? '');
  if (req.method === 'POST' && (foreign || (origin && origin !== new URL(settings.baseUrl).origin))) throw new Problem(403, 'Wrong site', 'This form was sent from another site.');
  next();
});
app.use(express.urlencoded({ extended: false, limit: '10kb' }));
app.use(
  session({
    name: 'workshop.sid',
    secret: settings.sessionSecret,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: settings.baseUrl.startsWith('https://') },
  }),
);

app.get('/', (req, res) => render(req, res, 200, 'home', { name: req.session.user?.name ?? 'stranger' }));
app.use(authRoutes);
app.use(accountRoutes);

app.use((req, res) => render(req, res, 404, 'problem', { title: 'Not found', text: 'There is no such page.', href: '/', link: 'Home' }));
app.use(((err, req, res, next) => {
  if (res.headersSent) return next(err);
  if (err instanceof NeedLogin) return res.redirect(303, `/login?returnTo=${encodeURIComponent(err.back)}`);
  if (!(err instanceof Problem)) console.error(err);
  const p = err instanceof Problem ? err : new Problem(err.status >= 400 && err.status < 500 ? err.status : 500, 'Something went wrong', 'Sorry. Please try again.');
  render(req, res, p.status, 'problem', { title: p.title, text: p.text, href: p.href, link: p.link });
}) as express.ErrorRequestHandler);

app.listen(settings.port, () => console.log(`Listening on ${settings.baseUrl}`));
