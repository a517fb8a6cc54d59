const crypto = require('crypto');

class Sessions {
  constructor(settings) {
    this.byHash = new Map();
    this.cookie = { httpOnly: true, sameSite: 'lax', path: '/', secure: settings.BASE_URL.startsWith('https') };
  }

  // What is kept is a hash: who sees a dump of the memory has no cookie.
  static hash(id) {
    return crypto.createHash('sha256').update(id).digest('hex');
  }

  read(req) {
    const match = /(?:^|;\s*)whoami=([\w-]+)/.exec(req.headers.cookie || '');
    const session = match && this.byHash.get(Sessions.hash(match[1]));
    return session && session.expires > Date.now() ? session : undefined;
  }

  create(res, more = {}) {
    const id = crypto.randomBytes(24).toString('base64url');
    const hash = Sessions.hash(id);
    const session = { hash, expires: Date.now() + 8 * 3600 * 1000, ...more };
    this.byHash.set(hash, session);
    session.give = (r) => r.cookie('whoami', id, this.cookie);
    session.give(res);
    this.sweep();
    return session;
  }

  sweep() {
    const now = Date.now();
    if (now < (this.nextSweep || 0)) return;
    this.nextSweep = now + 30000;
    for (const [hash, s] of this.byHash) if (s.expires < now) this.byHash.delete(hash);
  }

  end(session) {
    session.ended = true;
    this.byHash.delete(session.hash);
  }
}

module.exports = { Sessions };
