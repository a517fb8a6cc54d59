// What belongs to a session but not into it.

var vault = new Map();

exports.read = (sid) => vault.get(sid);
exports.remove = (sid) => vault.delete(sid);
exports.store = function (sid, response) {
  vault.set(sid, entryOf(response));
};

function entryOf(response, previous) {
  previous = previous || {};
  return {
    access_token: response.access_token,
    id_token: response.id_token || previous.id_token,
    scope: response.scope || previous.scope || oidcScope(),
  };
}
function oidcScope() {
  return require('./oidc').scope;
}
