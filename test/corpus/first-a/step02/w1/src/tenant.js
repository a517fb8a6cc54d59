'use strict';
const oauth = require('oauth4webapi');
const { settings } = require('./settings');
const { Problem } = require('./problem');

const client = { client_id: settings.clientId, id_token_signed_response_alg: 'RS256' };
const secret = oauth.ClientSecretPost(settings.clientSecret);
const insecure = settings.issuer.startsWith('http:');
const options = () => ({ [oauth.allowInsecureRequests]: insecure, signal: AbortSignal.timeout(5000) });
const callback = settings.self + '/callback';

let server;
async function discover() {
  if (server) return server;
  const issuer = new URL(settings.issuer);
  try {
    server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options()));
  } catch (error) {
    throw silent(error);
  }
  return server;
}

function silent(error) {
  console.error('tenant:', error);
  return new Problem(503, 'The log-in service does not answer', 'Please try again in a moment.');
}
function strange(error) {
  console.error('tenant:', error);
  return new Problem(502, 'The log-in failed', 'The log-in service gave an answer that cannot be used.');
}
const network = (error) => !(error instanceof oauth.OperationProcessingError || error instanceof oauth.ResponseBodyError || error instanceof oauth.WWWAuthenticateChallengeError);

/** What is kept of a log-in that begins, and the address to which the browser goes. */
async function begin() {
  const { authorization_endpoint } = await discover();
  const login = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    at: Date.now(),
  };
  const address = new URL(authorization_endpoint);
  const query = {
    client_id: settings.clientId,
    response_type: 'code',
    redirect_uri: callback,
    audience: settings.audience,
    scope: settings.scope,
    state: login.state,
    nonce: login.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(login.verifier),
    code_challenge_method: 'S256',
  };
  for (const name in query) address.searchParams.set(name, query[name]);
  return { login, address: address.href };
}

/** Tokens and claims for the code in this address. */
async function redeem(address, login) {
  const as = await discover();
  let parameters;
  try {
    parameters = oauth.validateAuthResponse(as, client, address, oauth.skipStateCheck);
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError && error.error === 'access_denied') {
      throw new Problem(403, 'You are not logged in', 'The log-in was cancelled or refused.');
    }
    console.error('callback:', error);
    throw new Problem(400, 'The log-in failed', 'The log-in service did not send you back with a code.');
  }
  if (!parameters.get('code')) throw new Problem(400, 'The log-in failed', 'There is no code.');
  let response;
  try {
    response = await oauth.authorizationCodeGrantRequest(as, client, secret, parameters, callback, login.verifier, options());
  } catch (error) {
    throw silent(error);
  }
  try {
    const answer = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: login.nonce, requireIdToken: true });
    await oauth.validateApplicationLevelSignature(as, response, options());
    return { tokens: keep(answer), claims: oauth.getValidatedIdTokenClaims(answer) };
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) {
      console.error('code:', error.error);
      throw new Problem(400, 'The log-in failed', 'The code was not accepted.');
    }
    throw network(error) ? silent(error) : strange(error);
  }
}

function keep(answer, before) {
  return {
    access: answer.access_token,
    scope: answer.scope ?? before?.scope ?? settings.scope,
  };
}

async function leave() {
  const as = await discover().catch(() => null);
  if (!as) return '/';
  const address = new URL(as.end_session_endpoint ?? settings.issuer + 'v2/logout');
  address.searchParams.set('client_id', settings.clientId);
  if (as.end_session_endpoint) {
    address.searchParams.set('post_logout_redirect_uri', settings.self + '/');
  } else {
    address.searchParams.set('returnTo', settings.self + '/');
  }
  return address.href;
}

module.exports = { begin, redeem, leave };
