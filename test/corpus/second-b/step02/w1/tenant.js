const { randomBytes, createHash } = require('node:crypto');
const { createRemoteJWKSet, jwtVerify } = require('jose');
const { problem } = require('./html');

const { ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET, AUDIENCE, BASE_URL } = process.env;
const REDIRECT = BASE_URL + '/callback';
const ALWAYS = ['openid', 'profile', 'email',
];
const EXTRA = ['read:appointments', 'create:appointments', 'delete:appointments'];

class LoginNeeded extends Error {}

let about; // what discovery said; a failure is not remembered
let keys;
async function discover() {
  if (about) return about;
  const found = await ask(ISSUER_BASE_URL + '.well-known/openid-configuration');
  if (found.issuer !== ISSUER_BASE_URL) throw problem(502, 'Wrong tenant', 'The tenant names another issuer.');
  keys = createRemoteJWKSet(new URL(found.jwks_uri), { cooldownDuration: 0, timeoutDuration: 4000 });
  about = found;
  return about;
}

async function ask(url, form) {
  let response, json;
  try {
    response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form && new URLSearchParams(form),
      headers: { Accept: 'application/json' },
      signal: AbortSignal.timeout(5000),
      redirect: 'error',
    });
    json = await response.json();
  } catch (cause) {
    throw problem(503, 'The tenant does not answer', 'Please try again in a while.');
  }
  if (!response.ok) {
    const p = problem(502, 'The tenant refused', 'The login could not be completed.', '/login', 'Log in again');
    p.oauth = response.status < 500 ? json?.error : undefined;
    throw p;
  }
  return json;
}

const random = () => randomBytes(32).toString('base64url');
const secrets = () => ({ state: random(), nonce: random(), verifier: random() });

async function loginAddress(slot, asked) {
  const { authorization_endpoint } = await discover();
  const url = new URL(authorization_endpoint);
  const scope = [...new Set([...ALWAYS, ...EXTRA.filter((s) => asked.includes(s))])].join(' ');
  const params = {
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT,
    scope,
    audience: AUDIENCE,
    state: slot.state,
    nonce: slot.nonce,
    code_challenge: createHash('sha256').update(slot.verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  for (const [k, v] of Object.entries(params)) url.searchParams.set(k, v);
  return url.href;
}

async function readIdToken(token, nonce) {
  await discover();
  let claims;
  try {
    ({ payload: claims } = await jwtVerify(token, keys, {
      issuer: ISSUER_BASE_URL,
      audience: CLIENT_ID,
      algorithms: ['RS256'],
      requiredClaims: ['sub', 'iat', 'exp'],
      maxTokenAge: '10 minutes',
    }));
  } catch (e) {
    throw problem(502, 'The login failed', 'What the tenant said about you could not be verified.', '/login', 'Log in again');
  }
  const foreign = (Array.isArray(claims.aud) && claims.aud.length > 1) || claims.azp !== undefined;
  if ((foreign && claims.azp !== CLIENT_ID) || typeof claims.sub !== 'string' || !claims.sub || (nonce !== undefined && claims.nonce !== nonce)) {
    throw problem(502, 'The login failed', 'What the tenant said about you is not meant for this login.', '/login', 'Log in again');
  }
  return claims;
}

// What users allowed us, by a random name that their sessions know.
const grants = new Map();

function entry(answer, before, idToken) {
  const now = Date.now();
  const life = Number(answer.expires_in) * 1000;
  const endsAt = life > 0 ? now + life : undefined;
  return {
    version: (before?.version ?? 0) + 1,
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? before?.refreshToken,
    idToken: idToken ?? before?.idToken,
    scope: answer.scope ?? before?.scope ?? '',
    sub: before?.sub,
    issuedAt: before?.issuedAt ?? now,
    refreshedAt: before ? now : undefined,
    endsAt,
    renewAt: endsAt && endsAt - Math.min(30_000, life / 10),
  };
}

async function finishLogin(query, slot) {
  const { token_endpoint, authorization_response_iss_parameter_supported: issExpected } = await discover();
  if (query.iss !== undefined ? query.iss !== ISSUER_BASE_URL : issExpected && !query.error) {
    throw problem(400, 'The login failed', 'The answer came from somebody else.', '/login', 'Log in again');
  }
  if (query.error) throw problem(403, 'You are not logged in', 'The tenant did not let you in, or you declined.', '/login', 'Log in');
  if (typeof query.code !== 'string' || !query.code) throw problem(400, 'The login failed', 'There was no code.', '/login', 'Log in again');
  const answer = await ask(token_endpoint, {
    grant_type: 'authorization_code',
    code: query.code,
    redirect_uri: REDIRECT,
    code_verifier: slot.verifier,
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
  });
  if (!answer.access_token || !answer.id_token || String(answer.token_type).toLowerCase() !== 'bearer') {
    throw problem(502, 'The login failed', 'The tenant sent no usable tokens.', '/login', 'Log in again');
  }
  const user = await readIdToken(answer.id_token, slot.nonce);
  const grant = random();
  grants.set(grant, { ...entry(answer, undefined, answer.id_token), sub: user.sub });
  return { user, grant };
}

const scopesOf = (grant) => (grants.get(grant)?.scope ?? '').split(' ').filter(Boolean);
const forget = (grant) => grants.delete(grant);

async function goodbye(grant) {
  const idToken = grants.get(grant)?.idToken;
  const end = await discover().then((d) => d.end_session_endpoint, () => undefined);
  if (!end) return '/';
  const url = new URL(end);
  url.searchParams.set('client_id', CLIENT_ID);
  url.searchParams.set('post_logout_redirect_uri', BASE_URL + '/');
  if (idToken) url.searchParams.set('id_token_hint', idToken);
  return url.href;
}

module.exports = { LoginNeeded, secrets, loginAddress, finishLogin, scopesOf, forget, goodbye,
};
