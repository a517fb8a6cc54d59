// For pages that need a user.
module.exports = function secured(req, res, next) {
  if (req.user) return next();
  res.redirect(303, '/login?returnTo=' + encodeURIComponent(req.method === 'GET' ? req.originalUrl : '/profile'));
};
