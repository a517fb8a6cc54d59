const path = require('node:path');
const express = require('express');
const session = require('express-session');
const passport = require('passport');
const helmet = require('helmet');
const fail = require('./fail');
const { accountOf } = require('./accounts');

const site = express();
site.set('views', path.join(__dirname, '../pages'));
site.set('view engine', 'pug');
// Forms may lead on to the tenant (logging out does).
site.use(helmet({
  contentSecurityPolicy: { directives: { formAction: ["'self'", new URL(process.env.ISSUER_BASE_URL).origin], upgradeInsecureRequests: null } },
  referrerPolicy: { policy: 'same-origin' },
  strictTransportSecurity: false,
}));
site.use((req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
});
site.use(express.urlencoded({ extended: false }));
site.use(session({
  secret: process.env.SESSION_SECRET,
  resave: false,
  saveUninitialized: false,
  cookie: { sameSite: 'lax', httpOnly: true, secure: 'auto' },
}));
site.use(passport.initialize());

// The session has an account number, everything else is kept in accounts.js.
site.use((req, res, next) => {
  req.account = accountOf(req.session.account);
  res.locals.user = req.account && req.account.claims;
  const origin = req.get('origin');
  if (req.method === 'POST' && origin && origin !== new URL(process.env.BASE_URL).origin) return next(fail(403, 'This form was not ours.'));
  next();
});

site.get('/', (req, res) => res.render('home'));
site.use(require('./login'));
site.use(require('./profile'));

site.use((req, res, next) => next(fail(404, 'Nothing is here.')));
site.use((err, req, res, next) => {
  const status = err.status >= 400 && err.status < 600 ? err.status : 500;
  if (status >= 500) console.error(err);
  res.status(status).render('trouble', { message: err.show ? err.message : 'Something went wrong.', link: err.link });
});

module.exports = site;
