import type Koa from 'koa';
import type { Visit } from './visits';

const special: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function text(parts: TemplateStringsArray, ...values: unknown[]): string {
  return String.raw({ raw: parts }, ...values.map((v) => String(v ?? '').replace(/[&<>"]/g, (c) => special[c])));
}

export function view(ctx: Koa.Context & { visit?: Visit }, title: string, body: string) {
  const { user } = ctx.visit ?? {};
  const menu = [`<a href="/">Home</a>`];
  if (user) {
    menu.push('<a href="/profile">Profile</a>');
    menu.push('<form method="post" action="/logout"><button>Log out</button></form>');
  } else menu.push('<a href="/login">Log in</a>');
  ctx.type = 'html';
  ctx.body = text`<!doctype html><title>${title}</title>` + `<nav>${menu.join(' · ')}</nav>` + text`<h1>${title}</h1>` + body;
}
