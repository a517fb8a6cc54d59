const { createHmac, timingSafeEqual } = require('node:crypto');
const { random } = require('./tenant');

const HOURS = 8;
/** identifier => { logins: Map, user, tokens, until, sent, forced } */
const visitors = new Map();
setInterval(() => {
  for (const [id, { until }] of visitors) if (until < Date.now()) visitors.delete(id);
}, 60_000).unref();

const sign = (id) => createHmac('sha256', process.env.SESSION_SECRET).update(id).digest('base64url');

function identifier(req) {
  const cookie = /(?:^|;\s*)visitor=([\w-]+)\.([\w-]+)/.exec(req.headers.cookie ?? '');
  if (!cookie) return undefined;
  const [given, own] = [Buffer.from(cookie[2]), Buffer.from(sign(cookie[1]))];
  return given.length === own.length && timingSafeEqual(given, own) ? cookie[1] : undefined;
}

function find(req) {
  const id = identifier(req);
  const visitor = id && visitors.get(id);
  return visitor && visitor.until > Date.now() ? visitor : undefined;
}

function create(values = {}) {
  const visitor = { id: random(), logins: new Map(), until: Date.now() + HOURS * 3600_000, ...values };
  visitors.set(visitor.id, visitor);
  return visitor;
}

const isAlive = (visitor) => visitors.get(visitor.id) === visitor;
const forget = (visitor) => visitors.delete(visitor.id);

function setCookie(res, visitor) {
  const secure = process.env.BASE_URL.startsWith('https:') ? '; Secure' : '';
  const value = visitor ? `${visitor.id}.${sign(visitor.id)}; Max-Age=${HOURS * 3600}` : '; Max-Age=0';
  res.setHeader('Set-Cookie', `visitor=${value}; Path=/; HttpOnly; SameSite=Lax${secure}`);
}

module.exports = { find, create, forget, isAlive, setCookie, identifier };
