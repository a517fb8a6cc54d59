const express = require('express');
const session = require('express-session');
import { auth } from './src/auth';
import { Problem, MustLogIn, show } from './src/show';
import { account } from './src/account';
const env = process.env as any;

const app = express();
app.use(session({
  name: 'my.sid',
  secret: env.SESSION_SECRET,
  resave: false,
  saveUninitialized: false,
  cookie: { httpOnly: true, sameSite: 'lax', secure: env.BASE_URL.startsWith('https://') },
}));
app.use((req: any, res: any, next: any) => {
  res.setHeader('Cache-Control', 'no-store');
  const origin = req.get('Origin');
  if (req.method !== 'GET' && req.method !== 'HEAD' && origin && origin !== new URL(env.BASE_URL).origin) throw new Problem(403, 'This form is from another site', 'It was ignored.');
  next();
});
app.get('/', (req: any, res: any) => res.send(show(req, 'Appointments manager', '<p>Manage your appointments here.</p>')));
app.use(auth);
app.use(account);

app.use((req: any) => { throw new Problem(404, 'No such page', req.path); });
app.use((err: any, req: any, res: any, next: any) => {
  if (err instanceof MustLogIn) {
    if (req.session.lastResort) {
      delete req.session.lastResort;
      err = new Problem(502, 'The API does not accept the log-in', 'Not even a new one. Please try later.');
    } else {
      req.session.wasRefused = true;
      return res.redirect(303, '/login?returnTo=/appointments');
    }
  }
  if (!(err instanceof Problem)) {
    console.error(err);
    err = new Problem(500, 'Something broke', 'Sorry about that.');
  }
  res.status(err.status).send(show(req, err.message, err.html));
});
app.listen(env.PORT);
