const fs = require('fs');
const path = require('path');

const folder = path.join(__dirname, '..', 'html');
const sources = {};
const source = (name) => (sources[name] ??= fs.readFileSync(path.join(folder, name + '.html'), 'utf8'));

const CODES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '{': '&#123;', '}': '&#125;' };
const escape = (value) => String(value ?? '').replace(/[&<>"'{}]/g, (c) => CODES[c]);

// {{#list}}…{{/list}} repeats or leaves out, {{{x}}} is HTML already, {{x}} is text.
function fill(text, data) {
  return text
    .replace(/\{\{#(\w+)\}\}([\s\S]*?)\{\{\/\1\}\}/g, (_, name, inner) => {
      const value = data[name];
      if (Array.isArray(value)) return value.map((item) => fill(inner, { ...data, ...(typeof item === 'object' ? item : { item }) })).join('');
      return value ? fill(inner, data) : '';
    })
    .replace(/\{\{\{(\w+)\}\}\}|\{\{(\w+)\}\}/g, (_, raw, name) => (raw ? data[raw] ?? '' : escape(data[name])));
}

module.exports = function render(name, data) {
  const body = fill(source(name), data);
  return fill(source('layout'), { ...data, body });
};
