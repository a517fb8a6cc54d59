'use strict';
const { settings } = require('./settings');
const { Problem } = require('./problem');
const guests = require('./guests');
const tenant = require('./tenant');

function inside(wanted) {
  const home = new URL(settings.self).origin;
  if (!wanted || !wanted.startsWith('/') || !URL.canParse(wanted, home)) return '/profile';
  const url = new URL(wanted, home);
  const path = url.pathname + url.search + url.hash;
  if (url.origin !== home || path.startsWith('//') || path.startsWith('/\\')) return '/profile';
  return ['/login', '/logout', '/callback'].includes(url.pathname) ? '/profile' : path;
}

async function home({ visitor }, reply) {
  const greeting = visitor && visitor.user ? `Hello, ${visitor.user.name ?? 'you'}!` : 'Log in to see more.';
  reply.show('home', 'Call Your API', { greeting });
}

async function login({ url, visitor }, reply) {
  const { login, address } = await tenant.begin();
  const record = visitor ?? guests.create();
  login.target = inside(url.searchParams.get('returnTo'));
  record.logins[login.state] = login;
  for (const state of Object.keys(record.logins).slice(0, -20)) delete record.logins[state];
  reply.cookie(guests.cookie(record));
  reply.go(address);
}

async function complete(record, url) {
  const state = url.searchParams.get('state') ?? '';
  // We have seen callbacks whose state did not match any more; then it is the log-in that began last.
  const known = Object.hasOwn(record.logins, state) ? state : Object.keys(record.logins).pop();
  const login = record.logins[known];
  delete record.logins[known];
  if (!login && record.user) return { record, target: '/profile' };
  if (!login || Date.now() - login.at > 3600 * 1000) {
    throw new Problem(400, 'This log-in is no longer open', 'It is finished, or it took too long.');
  }
  const { tokens, claims } = await tenant.redeem(url, login);
  const now = guests.latest(record);
  if (now.ended) throw new Problem(400, 'This log-in is no longer open', 'You have logged out since it began.');
  const fresh = guests.promote(now, claims, tokens);
  return { record: fresh, target: login.target };
}

async function callback({ url, visitor }, reply) {
  if (!visitor) throw new Problem(400, 'This log-in is no longer open', 'This browser has not begun it.');
  // The same address twice at the same time, as by a double click, is one piece of work.
  let work = visitor.busy.get(url.search);
  if (!work) {
    work = complete(visitor, url).finally(() => visitor.busy.delete(url.search));
    visitor.busy.set(url.search, work);
  }
  const { record, target } = await work;
  reply.cookie(guests.cookie(record));
  reply.go(target);
}

async function profile({ visitor }, reply) {
  reply.show('profile', 'Profile', {
    name: visitor.user.name,
    email: visitor.user.email,
    scope: visitor.tokens ? visitor.tokens.scope : 'none',
  });
}

async function askLogout(_request, reply) {
  reply.show('logout', 'Log out?');
}

async function logout({ visitor }, reply) {
  if (visitor) guests.forget(visitor);
  reply.cookie(guests.noCookie());
  reply.go(await tenant.leave());
}

const table = {
  'GET /': { handle: home },
  'GET /login': { handle: login },
  'GET /callback': { handle: callback },
  'GET /logout': { handle: askLogout },
  'POST /logout': { handle: logout },
  'GET /profile': { handle: profile, guarded: true },
};

exports.find = function find(method, path) {
  const key = `${method} ${path}`;
  if (Object.hasOwn(table, key)) return table[key];
  return undefined;
};
