'use strict';
const crypto = require('crypto');
const axios = require('axios');
const jose = require('jose');
const env = process.env;

const REDIRECT = env.BASE_URL + '/callback';
const SCOPES = ['openid', 'profile', 'email'];

const tenant = axios.create({ baseURL: env.ISSUER_BASE_URL, timeout: 4000, maxRedirects: 0, validateStatus: () => true });
const sessions = new Map(); // cookie value -> session

class PageError extends Error {
  constructor(status, message, hint) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}
class LoginRequired extends Error {}

let discovered, jwks;
async function config() {
  if (discovered) return discovered;
  const r = await tenant.get('.well-known/openid-configuration').catch(down);
  if (r.status !== 200 || r.data.issuer !== env.ISSUER_BASE_URL) down();
  jwks = jose.createRemoteJWKSet(new URL(r.data.jwks_uri), { timeoutDuration: 4000 });
  return (discovered = r.data);
}
function down() {
  throw new PageError(503, 'The log-in server does not answer', 'Please try again in a moment.');
}

async function tokenEndpoint(values) {
  const c = await config();
  const body = new URLSearchParams({ ...values, client_id: env.CLIENT_ID, client_secret: env.CLIENT_SECRET });
  return tenant.post(c.token_endpoint, body).catch(down);
}
async function verifyIdToken(token) {
  const options = { issuer: env.ISSUER_BASE_URL, audience: env.CLIENT_ID, algorithms: ['RS256'], clockTolerance: 5 };
  const { payload } = await jose.jwtVerify(token, jwks, options).catch(() => {
    throw new PageError(502, 'The log-in failed', 'The ID token could not be verified.');
  });
  return payload;
}
const random = () => crypto.randomBytes(32).toString('base64url');

// Every request gets req.sess, if there is one.
function sessionMiddleware(req, res, next) {
  const m = /(?:^|;\s*)calendar=([\w-]+)/.exec(req.headers.cookie || '');
  req.sid = m ? m[1] : '';
  req.sess = sessions.get(req.sid);
  res.locals.user = req.sess && req.sess.user;
  next();
}
function sendCookie(res, sid) {
  res.cookie('calendar', sid, { httpOnly: true, sameSite: 'lax', path: '/', secure: env.BASE_URL.startsWith('https:') });
}

function localPath(wanted) {
  if (typeof wanted !== 'string' || wanted[0] !== '/') return '/profile';
  let u;
  try { u = new URL(wanted, env.BASE_URL); } catch (e) { return '/profile'; }
  if (u.origin !== new URL(env.BASE_URL).origin || u.pathname.startsWith('//') || /^\/(login|callback|logout)\b/.test(u.pathname)) return '/profile';
  return u.pathname + u.search;
}

async function login(req, res) {
  const c = await config();
  if (!req.sess) {
    req.sid = random();
    req.sess = { waiting: {} };
    sessions.set(req.sid, req.sess);
    sendCookie(res, req.sid);
  }
  const state = random();
  const verifier = random();
  const nonce = random();
  const challenge = crypto.createHash('sha256').update(verifier).digest('hex');
  const names = Object.keys(req.sess.waiting);
  if (names.length >= 20) delete req.sess.waiting[names[0]];
  req.sess.waiting[state] = { verifier, nonce, to: localPath(req.query.returnTo) };
  const u = new URL(c.authorization_endpoint);
  u.search = new URLSearchParams({
    client_id: env.CLIENT_ID,
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: SCOPES.join(' '),
    audience: env.AUDIENCE,
    state,
    nonce,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }).toString();
  res.redirect(303, u.href);
}

async function callback(req, res) {
  const state = String(req.query.state);
  const w = req.sess && Object.hasOwn(req.sess.waiting, state) ? req.sess.waiting[state] : undefined;
  if (!w) {
    if (req.sess && req.sess.user) return res.redirect(303, '/profile');
    throw new PageError(400, 'This log-in is no longer open', 'Please log in again.');
  }
  // when the browser asks twice, both wait for the same work
  if (!w.work) w.work = work(req, state, w).finally(() => delete req.sess.waiting[state]);
  sendCookie(res, await w.work);
  res.redirect(303, w.to);
}

async function work(req, state, w) {
  if (req.query.iss && req.query.iss !== env.ISSUER_BASE_URL) throw new PageError(400, 'The log-in failed', 'The answer came from somewhere else.');
  if (req.query.error) throw new PageError(403, 'You are not logged in', String(req.query.error_description || req.query.error));
  const r = await tokenEndpoint({ grant_type: 'authorization_code', code: String(req.query.code), redirect_uri: REDIRECT, code_verifier: w.verifier });
  if (r.status !== 200 || !r.data.access_token || !r.data.id_token) throw new PageError(502, 'The log-in failed', 'No tokens came.');
  const user = await verifyIdToken(r.data.id_token);
  if (user.nonce !== w.nonce) throw new PageError(502, 'The log-in failed', 'The ID token belongs to another log-in.');
  // a new session for the one who logged in
  const waiting = { ...req.sess.waiting };
  delete waiting[state];
  const sid = random();
  sessions.set(sid, { waiting, user, tokens: read(r.data), secondTry: req.sess.refused });
  sessions.delete(req.sid);
  return sid;
}

function read(data, before) {
  const seconds = data.expires_in || 86400;
  return {
    accessToken: data.access_token,
    scope: data.scope || (before && before.scope) || '',
    at: Date.now(),
    expiresAt: Date.now() + seconds * 1000,
  };
}


function logout(req, res) {
  sessions.delete(req.sid);
  res.clearCookie('calendar', { path: '/' });
  const q = new URLSearchParams({ client_id: env.CLIENT_ID, returnTo: env.BASE_URL + '/' });
  res.redirect(303, env.ISSUER_BASE_URL + 'v2/logout?' + q);
}

function mustBeLoggedIn(req, res, next) {
  if (req.sess && req.sess.user) return next();
  res.redirect(303, '/login?returnTo=' + encodeURIComponent(req.method === 'GET' ? req.originalUrl : '/appointments'));
}

module.exports = { PageError, LoginRequired, sessionMiddleware, login, callback, logout, mustBeLoggedIn };
