module.exports = function fail(status, message, expose, link) {
  return Object.assign(new Error(message), { status: status, expose: expose, link: link });
};
