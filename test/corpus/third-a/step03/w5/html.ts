const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const esc = (text: unknown) => String(text ?? '').replace(/[&<>"']/g, (c) => ENTITIES[c]);

export class Oops extends Error {
  constructor(
    readonly status: number,
    readonly heading: string,
    message: string,
    readonly link = { href: '/', label: 'Home' },
  ) {
    super(message);
  }
}

export function page(title: string, body: string, user?: { name?: unknown; email?: unknown; [claim: string]: unknown }) {
  const links = ['<a href="/">Home</a>'];
  if (user) {
    links.push('<a href="/profile">Profile</a>');
    links.push('<a href="/appointments">Appointments</a>');
    links.push('<form method="post" action="/logout"><button>Log out</button></form>');
  } else {
    links.push('<a href="/login">Log in</a>');
  }
  return `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>${esc(title)}</title></head>
  <body>
    <nav>${links.join(' ')}</nav>
    <main><h1>${esc(title)}</h1>${body}</main>
  </body>
</html>`;
}
