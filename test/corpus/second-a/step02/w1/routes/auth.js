var express = require('express');
var passport = require('passport');
var client = require('openid-client');
var oidc = require('../lib/oidc');
var vault = require('../lib/vault');
var fail = require('../lib/fail');
var router = express.Router();

function own(target) {
  if (typeof target !== 'string') return '/profile';
  var base = new URL(process.env.BASE_URL);
  for (var round = 0; round < 2; round++) {
    if (!/^\/[^/\\]/.test(target) || !URL.canParse(target, base)) return '/profile';
    var url = new URL(target, base);
    if (url.origin !== base.origin) return '/profile';
    target = url.pathname + url.search;
  }
  return target;
}

router.get('/login', function (req, res, next) {
  passport.authenticate('tenant', { scope: oidc.scope, returnTo: own(req.query.returnTo) })(req, res, next);
});

var open = {};
router.get('/callback', function (req, res, next) {
  var key = req.sessionID + ' ' + req.originalUrl;
  if (!open[key]) {
    open[key] = callback(req, res).finally(function () {
      delete open[key];
    });
  }
  open[key].then(function (to) {
    res.redirect(303, to);
  }).catch(next);
});

function callback(req, res) {
  return new Promise(function (resolve, reject) {
    passport.authenticate('tenant', { callback: true }, function (err, user, info) {
      if (err) return reject(err);
      if (!user && req.user) return resolve('/profile');
      if (!user) return reject(fail(400, 'This login is not open any more', 'Start again, please.', { href: '/login', text: 'Log in' }));
      var logins = req.session.logins;
      vault.remove(req.sessionID);
      // logIn gives the session a new id
      req.logIn(user, function (err) {
        if (err) return reject(err);
        req.session.logins = logins;
        vault.store(req.sessionID, info.tokens);
        req.session.save(function (err) {
          if (err) return reject(err);
          resolve(info.returnTo);
        });
      });
    })(req, res, reject);
  });
}

router.get('/logout', function (req, res) {
  res.render('logout');
});

router.post('/logout', async function (req, res) {
  vault.remove(req.sessionID);
  await new Promise((resolve, reject) => req.session.destroy((e) => (e ? reject(e) : resolve())));
  res.clearCookie('connect.sid');
  try {
    var url = client.buildEndSessionUrl(await oidc.get(), { post_logout_redirect_uri: process.env.BASE_URL + '/' });
    res.redirect(303, url.href);
  } catch (e) {
    res.redirect(303, '/');
  }
});

module.exports = router;
