import type { Request } from 'express';

const escape = (value: unknown) =>
  String(value ?? '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** A template tag: what is put in is escaped. */
export const html = (parts: TemplateStringsArray, ...values: unknown[]) =>
  parts.reduce((all, part, i) => all + escape(values[i - 1]) + part);

export function layout(req: Request, title: string, body: string): string {
  const user = req.session?.user;
  const menu = user
    ? `<a href="/profile">Profile</a>
       <form action="/logout" method="post"><button type="submit">Log out</button></form>`
    : '<a href="/login">Log in</a>';
  return `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>${escape(title)}</title></head>
  <body><nav><a href="/">Home</a> ${menu}</nav><h1>${escape(title)}</h1>${body}</body>
</html>`;
}
