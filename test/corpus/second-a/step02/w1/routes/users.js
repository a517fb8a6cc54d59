var router = require('express').Router();
var secured = require('../middleware/secured');
var vault = require('../lib/vault');

router.get('/profile', secured, function (req, res) {
  var entry = vault.read(req.sessionID);
  res.render('profile', {
    scopes: entry ? entry.scope.split(' ') : []
  });
});

module.exports = router;
