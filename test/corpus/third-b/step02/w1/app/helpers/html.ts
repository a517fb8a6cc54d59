import type { Request } from 'express';

const MAP: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const h = (text: unknown) => String(text ?? '').replace(/[&<>"']/g, (c) => MAP[c]);

export function layout(req: Request, title: string, body: string) {
  const user = req.session?.user;
  const links = ['<a href="/">Home</a>'];
  if (user) {
    links.push('<a href="/profile">Profile</a>');
    links.push('<form method="post" action="/logout"><button>Log out</button></form>');
  } else links.push('<a href="/login">Log in</a>');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${h(title)}</title></head>
<body><nav>${links.join(' ')}</nav><main><h1>${h(title)}</h1>${body}</main></body></html>`;
}
