const { createHash, randomBytes } = require('node:crypto');
const { createRemoteJWKSet, jwtVerify } = require('jose');

const { BASE_URL, ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET, AUDIENCE } = process.env;
const CALLBACK = new URL('/callback', BASE_URL).href;
const random = () => randomBytes(32).toString('base64url');

let metadata;
let keys;
async function discover() {
  if (metadata) return metadata;
  const response = await fetch(new URL('.well-known/openid-configuration', ISSUER_BASE_URL), {
    signal: AbortSignal.timeout(5000),
    redirect: 'error',
  });
  if (!response.ok) throw new Error(`discovery: ${response.status}`);
  const found = await response.json();
  if (found.issuer !== ISSUER_BASE_URL) throw new Error('discovery: another issuer');
  keys = createRemoteJWKSet(new URL(found.jwks_uri), { timeoutDuration: 5000, cooldownDuration: 1000 });
  return (metadata = found);
}

/** What the tenant answered when it was no success. `code` is its `error`. */
class TenantError extends Error {
  constructor(code, status) {
    super(`the tenant answered ${status} ${code}`);
    Object.assign(this, { code, status });
  }
}

async function tokenRequest(fields) {
  const { token_endpoint } = await discover();
  const response = await fetch(token_endpoint, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ ...fields, client_id: CLIENT_ID, client_secret: CLIENT_SECRET }),
    signal: AbortSignal.timeout(8000),
    redirect: 'error',
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new TenantError(typeof answer.error === 'string' ? answer.error : 'unknown', response.status);
  if (typeof answer.access_token !== 'string' || String(answer.token_type).toLowerCase() !== 'bearer')
    throw new TenantError('no_token', response.status);
  return answer;
}

async function idTokenClaims(idToken) {
  const { issuer } = await discover();
  const { payload } = await jwtVerify(idToken, keys, {
    issuer,
    audience: CLIENT_ID,
    algorithms: ['RS256'],
    requiredClaims: ['sub', 'exp', 'iat'],
    clockTolerance: 5,
  });
  if ([payload.aud].flat().some((one) => one !== CLIENT_ID)) throw new Error('ID token: for another application, too');
  if (payload.azp !== undefined && payload.azp !== CLIENT_ID) throw new Error('ID token: azp');
  if (typeof payload.sub !== 'string' || payload.sub === '') throw new Error('ID token: no sub');
  return payload;
}

async function startLogin(scope) {
  const { authorization_endpoint } = await discover();
  const [state, nonce, verifier] = [random(), random(), random()];
  const url = new URL(authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: CALLBACK,
    audience: AUDIENCE,
    scope,
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  return { url: url.href, state, nonce, verifier };
}

/** Exchanges the code of a callback. `query` is its URLSearchParams. */
async function finishLogin(query, { nonce, verifier }) {
  const found = await discover();
  const iss = query.get('iss');
  if (iss === null ? found.authorization_response_iss_parameter_supported : iss !== found.issuer)
    throw new Error('callback: another issuer');
  const code = query.get('code');
  if (!code) throw new TenantError('no_code', 400);
  const answer = await tokenRequest({
    grant_type: 'authorization_code',
    code,
    redirect_uri: CALLBACK,
    code_verifier: verifier,
  });
  if (!answer.id_token) throw new Error('no ID token');
  const claims = await idTokenClaims(answer.id_token);
  if (claims.nonce !== nonce) throw new Error('ID token: nonce');
  return { claims, answer };
}

/** @returns {Promise<string>} where the browser goes to log out at the tenant, or home */
async function endUrl() {
  const found = await discover().catch(() => ({}));
  if (!found.end_session_endpoint) return '/';
  const url = new URL(found.end_session_endpoint);
  url.searchParams.set('client_id', CLIENT_ID);
  url.searchParams.set('post_logout_redirect_uri', new URL('/', BASE_URL).href);
  return url.href;
}

module.exports = { startLogin, finishLogin, tokenRequest, idTokenClaims, endUrl, TenantError, random };
