import path from 'node:path';
import express from 'express';
import { settings } from './app/settings';
import { sessions } from './app/web';
import { authRouter } from './app/auth';
import { pagesRouter } from './app/pages';
import { lastResort, nothingHere } from './app/oops';

const app = express();
app.disable('x-powered-by');
app.set('views', path.join(__dirname, 'views'));
app.set('view engine', 'pug');

app.use((req, res, next) => {
  res.set({
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
  });
  next();
});
app.use(sessions());
app.use((req, res, next) => {
  res.locals.user = req.session.user;
  next();
});
app.use(express.urlencoded({ extended: false, limit: '10kb' }));

// whatever goes wrong below gets a page of ours
app.use(lastResort);

app.use(authRouter);
app.use(pagesRouter);

app.use(nothingHere);

app.listen(settings.port, () => console.log(`up on ${settings.port}`));
