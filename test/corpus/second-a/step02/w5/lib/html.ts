import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Request, Response } from 'express';

export class Problem extends Error {
  constructor(public status: number, public title: string, public text: string, public href = '/login', public link = 'Log in') { super(title); }
}
export class NeedLogin extends Error {
  constructor(public back = '/profile') { super('login needed'); }
}
/** Already escaped markup. */
export class Raw { constructor(public html: string) {} }
export const escape = (v: unknown) =>
  v instanceof Raw ? v.html : String(v ?? '').replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]!);

const file = (name: string) => readFileSync(join(__dirname, '..', 'pages', `${name}.html`), 'utf8');
const fill = (text: string, values: Record<string, unknown>) => text.replace(/\{\{(\w+)\}\}/g, (_, key) => escape(values[key]));

export function render(req: Request, res: Response, status: number, page: string, values: Record<string, unknown> = {}) {
  const user = req.session?.user;
  const links = user ? ['<a href="/profile">Profile</a>'] : ['<a href="/login">Log in</a>'];
  if (user) links.push('<form action="/logout" method="post"><button type="submit">Log out</button></form>');
  res.status(status).type('html').send(fill(file('layout'), { nav: new Raw(links.join(' ')), main: new Raw(fill(file(page), values)) }));
}
