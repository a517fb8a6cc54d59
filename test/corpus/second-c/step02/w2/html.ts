import type { ServerResponse } from 'node:http';

export class Oops extends Error {
  constructor(public status: number, message: string, public more = '<p><a href="/">Home</a></p>') {
    super(message);
  }
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const esc = (text: unknown) => String(text ?? '').replace(/[&<>"']/g, (c) => entities[c]);

export function redirect(res: ServerResponse, where: string) {
  res.writeHead(303, { Location: where }).end();
}

export function page(res: ServerResponse, status: number, session: any, title: string, body: string) {
  const links = ['<a href="/">Home</a>'];
  if (session?.user) {
    links.push('<a href="/profile">Profile</a>');
    links.push('<form method="post" action="/logout"><button>Log out</button></form>');
  } else links.push('<a href="/login">Log in</a>');
  res.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' });
  res.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>${esc(title)}</title>
<nav>${links.join(' ')}</nav><main><h1>${esc(title)}</h1>${body}</main></html>`);
}
