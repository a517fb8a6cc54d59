const fs = require('node:fs');
const path = require('node:path');

const frame = fs.readFileSync(path.join(__dirname, '..', 'pages', 'frame.html'), 'utf8');
const text = (value) =>
  String(value ?? '').replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Escapes what is put into a template: html`<p>${name}</p>`. Results of html itself and arrays of them stay. */
class Html {
  constructor(source) {
    this.source = source;
  }
}
const piece = (value) =>
  value instanceof Html ? value.source : Array.isArray(value) ? value.map(piece).join('') : text(value);
const html = (strings, ...values) =>
  new Html(strings.reduce((all, part, i) => all + part + (i < values.length ? piece(values[i]) : ''), ''));


function menu(user) {
  const entries = [html`<a href="/">Start</a> `];
  if (!user) return [...entries, html`<a href="/login">Log in</a>`];
  entries.push(html`<a href="/profile">Me</a> `);
  entries.push(html`<form action="/logout" method="post"><input type="submit" value="Log out"></form>`);
  return entries;
}

const fill = (title, content, user) =>
  frame
    .replace(/\{\{\{(\w+)\}\}\}|\{\{(\w+)\}\}/g, (_all, raw, escaped) =>
      escaped ? text(title) : raw === 'menu' ? piece(menu(user)) : piece(content));

class Failure extends Error {
  constructor(status, title, message, way = { to: '/', name: 'To the start' }) {
    super(message);
    Object.assign(this, { status, title, way });
  }
}

module.exports = { html, fill, Failure };
