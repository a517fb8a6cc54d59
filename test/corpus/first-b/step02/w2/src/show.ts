export const safe = (x: unknown) => String(x ?? '').replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/'/g, '&#39;');

/** An error that becomes a page. */
export class Problem extends Error {
  html: string;
  constructor(public status: number, title: string, text: string, link = '<a href="/login">Log in</a>') {
    super(title);
    this.html = `<p>${safe(text)}</p><p>${link}</p>`;
  }
}
/** Only a new log-in helps. */
export class MustLogIn extends Error {}

export function show(req: any, title: string, body: string) {
  const user = req.session?.user;
  const links = ['<a href="/">Start</a>'];
  if (user) {
    links.push('<a href="/profile">Profile</a>');
    links.push('<form action="/logout" method="post"><button>Log out</button></form>');
  } else links.push('<a href="/login">Log in</a>');
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>${safe(title)}</title></head>
<body><nav>${links.join(' | ')}</nav><h1>${safe(title)}</h1>${body}</body>
</html>`;
}
