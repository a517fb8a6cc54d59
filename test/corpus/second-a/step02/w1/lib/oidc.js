var client = require('openid-client');
var fail = require('./fail');

var configuration = null;

exports.get = async function () {
  if (configuration) return configuration;
  var issuer = new URL(process.env.ISSUER_BASE_URL);
  var execute = [client.enableNonRepudiationChecks];
  if (issuer.protocol === 'http:') execute.push(client.allowInsecureRequests);
  try {
    configuration = await client.discovery(issuer, process.env.CLIENT_ID, process.env.CLIENT_SECRET, undefined, { execute: execute, timeout: 6 });
  } catch (e) {
    console.error(e);
    throw fail(503, 'Tenant not available', 'The login service does not answer. Try again soon.');
  }
  return configuration;
};

exports.scope = 'openid profile email';
