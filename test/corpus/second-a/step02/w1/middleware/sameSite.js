// A form on another site must not act for our user.
module.exports = function (req, res, next) {
  var origin = req.headers.origin;
  var fetchSite = req.headers['sec-fetch-site'];
  var other = fetchSite === 'cross-site' || fetchSite === 'same-site' || (origin && origin !== new URL(process.env.BASE_URL).origin);
  if (req.method === 'POST' && other) {
    return res.status(403).send('Forbidden');
  }
  next();
};
