exports.loggedIn = (req, res, next) => {
  if (req.account) return next();
  const wanted = req.method === 'GET' ? req.originalUrl : '/profile';
  res.redirect(303, '/login?returnTo=' + encodeURIComponent(wanted));
};
