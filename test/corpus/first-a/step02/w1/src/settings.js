'use strict';

const need = (name) => {
  if (!process.env[name]) throw new Error('environment variable missing: ' + name);
  return process.env[name];
};

exports.settings = Object.freeze({
  port: Number(need('PORT')),
  self: need('BASE_URL'),
  issuer: need('ISSUER_BASE_URL'),
  clientId: need('CLIENT_ID'),
  clientSecret: need('CLIENT_SECRET'),
  audience: need('AUDIENCE'),
  scope:
    'openid profile email' +
    '',
});
