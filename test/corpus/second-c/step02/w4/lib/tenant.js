const { createRemoteJWKSet, jwtVerify } = require('jose');
const fail = require('./fail');

const issuer = process.env.ISSUER_BASE_URL;
// Where things are at an Auth0 tenant.
const places = {
  authorize: `${issuer}authorize`,
  token: `${issuer}oauth/token`,
  logout: `${issuer}v2/logout`,
};
const keys = createRemoteJWKSet(new URL(`${issuer}.well-known/jwks.json`), { timeoutDuration: 4000 });

async function claimsOf(idToken, nonce) {
  const { payload } = await jwtVerify(idToken, keys, {
    issuer,
    audience: process.env.CLIENT_ID,
    algorithms: ['RS256', 'PS256', 'ES256'],
    requiredClaims: ['sub', 'exp', 'iat'],
  });
  if (nonce && payload.nonce !== nonce) throw new Error('The nonce is of another log-in');
  if ('azp' in payload ? payload.azp !== process.env.CLIENT_ID : [].concat(payload.aud).length > 1) throw new Error('Not for this app');
  return payload;
}

module.exports = { issuer, places, claimsOf };
