/** An error that the user may read. */
module.exports = function fail(status, message, link) {
  return Object.assign(new Error(message), { status, link, show: true });
};
