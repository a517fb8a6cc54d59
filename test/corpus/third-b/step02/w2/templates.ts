import type { Request } from 'express';

export const escape = (value: unknown) => String(value ?? '').replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

export function page(req: Request, title: string, content: string) {
  const user = req.session?.user;
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(title)} | mysite</title></head><body>
<header><a href="/">mysite</a>
${user ? `<a href="/profile">${escape(user.name)}</a>
<form action="/logout" method="post"><button type="submit">Log out</button></form>` : '<a href="/login">Log in</a>'}
</header><h1>${escape(title)}</h1>
${content}</body></html>`;
}
