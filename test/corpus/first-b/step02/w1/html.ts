export const esc = (s: any) => String(s ?? '').replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

export function page(title: string, body: string, user?: any) {
  let nav = '<a href="/">Home</a> ';
  if (user) {
    nav += '<a href="/profile">Profile</a> ';
    nav += '<form method="post" action="/logout"><button>Log out</button></form>';
  } else nav += '<a href="/login">Log in</a>';
  return `<!doctype html><html lang="en"><head><title>${esc(title)}</title></head><body><nav>${nav}</nav><h1>${esc(title)}</h1>${body}</body></html>`;
}
