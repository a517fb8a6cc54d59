/** A session's tokens. */
class Keyring {
  constructor(result, login) {
    this.scope = login.scope;
    this.take(result);
  }

  take(result) {
    this.access = result.access_token;
    this.scope = result.scope ?? this.scope;
    this.idToken = result.id_token ?? this.idToken;
  }

  forget() {
    this.access = undefined;
  }

}

module.exports = { Keyring };
