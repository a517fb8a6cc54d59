import type { Claims } from './idp';
import type { Err } from './err';

const table: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const h = (v: unknown) => String(v ?? '').replace(/[&<>"']/g, (c) => table[c]);

export function page(title: string, body: string, user?: Claims) {
  let nav = '<a href="/">Home</a>';
  if (user) {
    nav += ' | <a href="/profile">Profile</a>';
    nav += ' | <a href="/logout">Log out</a>';
  } else {
    nav += ' | <a href="/login">Log in</a>';
  }
  return `<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>${h(title)}</title></head>\n<body>\n<header>${nav}</header>\n<h1>${h(title)}</h1>\n${body}\n</body>\n</html>\n`;
}

export const home = (user?: Claims) => (user ? `<p>You are ${h(user.name ?? user.sub)}.</p>` : '<p>Nobody is logged in here.</p>');

export function profile(user: Claims, scope: string) {
  const row = (k: string, v: unknown) => `<tr><th>${k}</th><td>${h(v)}</td></tr>`;
  let rows = row('Name', user.name) + row('E-mail', user.email) + row('Subject', user.sub) + row('Granted scopes', scope);
  return `<table>${rows}</table>`;
}

export const logoutForm = () => '<form method="POST" action="/logout"><input type="submit" value="Log out"></form>';
export const error = (e: Err) => `<p>${h(e.text)}</p><p><a href="${h(e.href)}">${h(e.label)}</a></p>`;
