'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const cache = new Map();
function file(name) {
  if (!cache.has(name)) cache.set(name, readFileSync(join(__dirname, '..', 'html', name + '.html'), 'utf8'));
  return cache.get(name);
}

const escaped = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** {{x}} is escaped, {{{x}}} is not. */
function fill(name, data) {
  return file(name).replace(/\{\{\{(\w+)\}\}\}|\{\{(\w+)\}\}/g, (_, raw, plain) => (raw ? String(data[raw] ?? '') : escaped(data[plain] ?? '')));
}

function page(name, title, data, record) {
  let menu = fill('menu-out', {});
  if (record && record.user) {
    menu = fill('menu-in', {
    });
  }
  return fill('layout', { title, menu, content: fill(name, data) });
}

module.exports = { page, fill };
