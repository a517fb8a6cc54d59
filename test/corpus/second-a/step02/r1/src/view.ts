import type { Context } from 'koa';

export class Stop extends Error {
  constructor(readonly status: number, title: string, readonly text: string, readonly href = '/login', readonly label = 'Log in') { super(title); }
}
export class NeedsLogin extends Error {
  constructor(readonly back: string) { super('login'); }
}
class Html { constructor(readonly text: string) {} }
const one = (x: unknown): string =>
  x instanceof Html ? x.text : Array.isArray(x) ? x.map(one).join('') : String(x ?? '').replace(/[<>&"']/g, (c) => `&#${c.codePointAt(0)};`);
/** A tagged template: what is filled in is escaped. */
export const h = (parts: TemplateStringsArray, ...values: unknown[]) => new Html(parts.reduce((all, part, i) => all + one(values[i - 1]) + part));

export function layout(ctx: Context, title: string, content: (tag: typeof h) => Html) {
  const visit = ctx.state.visit;
  const menu = [h`<a href="/">Start</a> `];
  if (visit) {
    menu.push(h`<a href="/profile">Profile</a> `);
    menu.push(h`<form method="post" action="/logout"><button>Log out</button></form>`);
  } else menu.push(h`<a href="/login">Log in</a>`);
  ctx.type = 'html';
  ctx.body = h`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body><nav>${menu}</nav><main><h1>${title}</h1>${content(h)}</main></body></html>`.text;
}
