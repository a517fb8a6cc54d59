import type { Visit } from './sessions';

export const esc = (value: unknown) =>
  String(value ?? '').replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

export function page(title: string, body: string, visit?: Visit) {
  const links = ['<a href="/">Start</a>'];
  if (visit?.user) {
    links.push('<a href="/profile">Profile</a>');
  } else links.push('<a href="/login">Log in</a>');
  const out = visit?.user ? '<form method="post" action="/logout"><button>Log out</button></form>' : '';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${esc(title)}</title></head>
<body><nav>${links.join(' | ')}</nav>${out}<main><h1>${esc(title)}</h1>${body}</main></body></html>`;
}
