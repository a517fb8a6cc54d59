import type { Context } from './web';

export const text = (value: unknown): string =>
  String(value ?? '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');

/** What is shown instead of the page that was asked for. */
export class Page extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly words: string,
    readonly href = '/',
    readonly label = 'Home',
  ) {
    super(title);
  }

  html(): string {
    return `<p>${text(this.words)}</p><p><a href="${text(this.href)}">${text(this.label)}</a></p>`;
  }

  static list(entries: Record<string, unknown>): string {
    return `<dl>${Object.entries(entries).map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`).join('')}</dl>`;
  }
}

export function render(ctx: Context, title: string, body: string): void {
  const user = ctx.state.session?.user;
  const links: [string, string][] = user
    ? [
        ['/', 'Home'],
        ['/profile', 'Profile'],
      ]
    : [['/', 'Home'], ['/login', 'Log in']];
  if (user) links.push(['/logout', 'Log out']);
  ctx.type = 'html';
  ctx.body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${text(title)}</title></head>
<body><ul>${links.map(([href, label]) => `<li><a href="${href}">${label}</a></li>`).join('')}</ul>
<h1>${text(title)}</h1>${body}</body></html>`;
}
