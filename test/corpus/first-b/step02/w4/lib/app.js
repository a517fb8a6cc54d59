'use strict';
const path = require('path');
const express = require('express');
const auth = require('./auth.js');
const env = process.env;

const app = express();
app.set('view engine', 'pug');
app.set('views', path.join(__dirname, '..', 'views'));
app.disable('x-powered-by');
app.use((req, res, next) => {
  res.set({ 'Cache-Control': 'no-store', 'X-Frame-Options': 'DENY', 'X-Content-Type-Options': 'nosniff' });
  if (req.method === 'POST' && req.headers.origin && req.headers.origin !== new URL(env.BASE_URL).origin) return res.status(403).send('not from here');
  next();
});
app.use(express.urlencoded({ extended: false }));
app.use(auth.sessionMiddleware);

app.get('/', (req, res) => res.render('home'));
app.get('/login', auth.login);
app.get('/callback', auth.callback);
app.post('/logout', auth.logout);
app.get('/profile', auth.mustBeLoggedIn, (req, res) => {
  res.render('profile', { granted: req.sess.tokens ? req.sess.tokens.scope : '' });
});

app.use((req, res) => res.status(404).render('error', { title: 'Not found', hint: '' }));
app.use((err, req, res, next) => {
  if (err instanceof auth.LoginRequired) {
    if (req.sess.secondTry) {
      req.sess.secondTry = false;
      return res.status(502).render('error', { title: 'The API refuses', hint: 'It did not accept your new log-in either.' });
    }
    req.sess.refused = true;
    return res.redirect(303, '/login?returnTo=%2Fappointments');
  }
  if (!err.status) console.error(err);
  const known = err instanceof auth.PageError;
  res.status(err.status || 500).render('error', { title: known ? err.message : 'Something went wrong', hint: known ? err.hint : '', askFor: err.askFor });
});
app.listen(env.PORT, () => console.log('listening on ' + env.PORT));
