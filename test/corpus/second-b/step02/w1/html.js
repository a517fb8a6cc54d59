const esc = (x) => String(x ?? '').replace(/[&<>"']/g, (c) => '&#' + c.charCodeAt(0) + ';');

/** An error that may be shown to the user. */
function problem(status, title, text, href = '/', label = 'Home') {
  return Object.assign(new Error(title), { isProblem: true, status, title, text, href, label });
}

const logoutForm = () => '<form method="post" action="/logout"><button>Log out</button></form>';

function page(title, inner, user) {
  const menu = [`<a href="/">Home</a>`];
  if (user) {
    menu.push('<a href="/profile">Profile</a>');
    menu.push(logoutForm());
  } else menu.push('<a href="/login">Log in</a>');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${esc(title)}</title></head>
<body><nav>${menu.join(' ')}</nav><main><h1>${esc(title)}</h1>${inner}</main></body></html>`;
}

const home = (user) => (user ? `<p>Hello ${esc(user.name ?? user.sub)}.</p>` : '<p>You are not logged in. <a href="/login">Log in</a></p>');

function profile(user, scopes) {
  return `<dl><dt>Name</dt><dd>${esc(user.name)}</dd><dt>E-mail</dt><dd>${esc(user.email)}</dd><dt>Subject</dt><dd>${esc(user.sub)}</dd>
</dl><h2>Granted</h2><ul>${scopes.map((s) => `<li>${esc(s)}</li>`).join('')}</ul>`;
}

const logout = () => '<p>Do you want to leave?</p>' + logoutForm();
const trouble = (p) => `<p>${esc(p.text)}</p><p><a href="${esc(p.href)}">${esc(p.label)}</a></p>`;

module.exports = { esc, problem, page, home, profile, logout, trouble,
};
