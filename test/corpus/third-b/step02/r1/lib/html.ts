export class Stop extends Error {
  location?: string;
  constructor(readonly status: number, readonly title: string, message = '', readonly link?: [string, string]) {
    super(message);
  }
}
/** header('Location: …'); exit; */
export function go(location: string): never {
  throw Object.assign(new Stop(303, 'See other'), { location });
}

/** htmlspecialchars */
export const e = (value: unknown) =>
  String(value ?? '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#039;');

export const document = (user: any, title: string, body: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${e(title)}</title></head><body><nav><a href="/">Start</a>
${user
  ? `<a href="/profile">My profile</a>${''
  } <form action="/logout" method="POST"><input type="submit" value="Log out"></form>`
  : '<a href="/login">Log in</a>'}
</nav><h1>${e(title)}</h1>${body}</body></html>`;
