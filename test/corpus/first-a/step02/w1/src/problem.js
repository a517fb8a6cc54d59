'use strict';

/** Something to be shown to the user as a page. */
class Problem extends Error {
  constructor(status, title, text, href = '/login', link = 'Log in') {
    super(text);
    Object.assign(this, { status, title, href, link });
  }
}

module.exports = { Problem };
