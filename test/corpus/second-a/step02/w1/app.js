var path = require('path');
var express = require('express');
var session = require('express-session');
var passport = require('passport');

require('./config/passport')(passport);

var app = express();
app.set('trust proxy', 1);
app.set('views', path.join(__dirname, 'views'));
app.set('view engine', 'pug');
app.disable('x-powered-by');

app.use(function (req, res, next) {
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('X-Frame-Options', 'SAMEORIGIN');
  next();
});
app.use(session({
  secret: process.env.SESSION_SECRET,
  resave: false,
  saveUninitialized: false,
  cookie: { httpOnly: true, sameSite: 'lax', secure: true }
}));
app.use(passport.session());

app.use(require('./middleware/sameSite'));
app.use(require('./middleware/locals'));

app.use('/', require('./routes/auth'));
app.use('/', require('./routes/index'));
app.use('/', require('./routes/users'));

app.use(function (req, res, next) {
  var err = new Error('Not found');
  err.status = 404;
  err.expose = 'There is no such page.';
  next(err);
});

app.use(function (err, req, res, next) {
  if (res.headersSent) return next(err);
  if (err.needLogin) return res.redirect(303, '/login?returnTo=' + encodeURIComponent(err.needLogin));
  if (!err.expose) console.error(err);
  res.status(err.status >= 400 ? err.status : 500);
  res.render('error', {
    heading: typeof err.expose === 'string' ? err.message : 'Error',
    detail: typeof err.expose === 'string' ? err.expose : 'Something went wrong.',
    link: err.link
  });
});

module.exports = app;
