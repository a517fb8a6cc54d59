const { Router } = require('express');
const { loggedIn } = require('./guard');

const router = Router();

router.get('/profile', loggedIn, (req, res) => {
  const { claims, tokens } = req.account;
  res.render('profile', {
    scopes: ((tokens && tokens.scope) || '').split(' ').filter(Boolean),
  });
});

module.exports = router;
