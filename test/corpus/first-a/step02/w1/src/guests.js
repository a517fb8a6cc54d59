'use strict';
// Who visits: one record for each browser, in memory. The browser holds the key of its record only.
const { randomBytes } = require('node:crypto');
const { settings } = require('./settings');

const HOUR = 3600 * 1000;
const records = new Map();

function create() {
  const record = { key: randomBytes(32).toString('hex'), seen: Date.now(), logins: {}, busy: new Map(), user: null, tokens: null };
  records.set(record.key, record);
  return record;
}

function find(req) {
  const match = /(?:^|;\s*)guest=([0-9a-f]{64})(?:;|$)/.exec(req.headers.cookie || '');
  const record = match ? records.get(match[1]) : undefined;
  if (!record || Date.now() - record.seen > 8 * HOUR) return null;
  record.seen = Date.now();
  return record;
}

/** The record of a user who has just logged in: a new key, and the log-ins of other tabs go along. */
function promote(old, user, tokens) {
  const record = create();
  Object.assign(record, { logins: old.logins, user, tokens });
  old.successor = record;
  records.delete(old.key);
  return record;
}

function forget(record) {
  record.ended = true;
  record.user = record.tokens = null;
  record.logins = {};
  records.delete(record.key);
}

/** Where a record's life goes on after log-ins in other tabs. */
function latest(record) {
  while (record.successor) record = record.successor;
  return record;
}

const attributes = '; Path=/; HttpOnly; SameSite=Lax' + (settings.self.startsWith('https:') ? '; Secure' : '');
const cookie = (record) => `guest=${record.key}${attributes}`;
const noCookie = () => `guest=; Max-Age=0${attributes}`;

setInterval(() => {
  for (const record of records.values()) {
    if (Date.now() - record.seen > (record.user ? 8 * HOUR : HOUR)) records.delete(record.key);
  }
}, 60 * 1000).unref();

module.exports = { create, find, promote, forget, latest, cookie, noCookie };
