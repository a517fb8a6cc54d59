import fs from 'node:fs';
import path from 'node:path';
import type { Request, Response } from 'express';

const file = (name: string) => fs.readFileSync(path.join(__dirname, 'html', `${name}.html`), 'utf8');
const escape = (value: unknown) => String(value ?? '').replace(/[&<>"'{}]/g, (c) => `&#${c.codePointAt(0)};`);

/** {{name}} is replaced and escaped; {{#list}}…{{/list}} is repeated; {{?flag}}…{{/flag}} stays when it is true. */
function fill(text: string, data: Record<string, any>): string {
  return text
    .replace(/\{\{#(\w+)\}\}([\s\S]*?)\{\{\/\1\}\}/g, (_, name, inner) =>
      (data[name] ?? []).map((one: any) => fill(inner, typeof one === 'object' ? one : { it: one })).join(''))
    .replace(/\{\{\?(\w+)\}\}([\s\S]*?)\{\{\/\1\}\}/g, (_, name, inner) => (data[name] ? inner : ''))
    .replace(/\{\{(\w+)\}\}/g, (_, name) => escape(data[name]));
}

export function show(req: Request, res: Response, title: string, name: string, data: object) {
  const user = req.visitor?.user;
  const frame = fill(file('frame'), {
    title,
    someone: Boolean(user),
    nobody: !user,
  });
  res.type('html').send(frame.replace('<!-- content -->', () => fill(file(name), data as Record<string, any>)));
}
