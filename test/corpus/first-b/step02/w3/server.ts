const express = require('express');
import { Session, SessionStore } from './sessions';
import { Tenant } from './tenant';
import { Trouble, LoginFirst } from './trouble';

const env = process.env as Record<string, string>;
const store = new SessionStore();
const tenant = new Tenant(env);

type Handler = (req: any, res: any, session: Session) => Promise<void> | void;
interface Page { path: string; label?: string; needs?: 'login'; get?: Handler; post?: Handler }

const site: Page[] = [
  { path: '/', label: 'Home', get: (req, res, s) => view(res, s, 'Welcome', '<p>Your appointments, kept elsewhere.</p>') },
  {
    path: '/login',
    get: async (req, res, s) => {
      const before = s.id;
      const url = await tenant.begin(s, local(req.query.returnTo));
      if (!store.has(before)) {
        store.add(s);
        setCookie(res, s);
      }
      res.redirect(303, url);
    },
  },
  {
    path: '/callback',
    get: async (req, res, s) => {
      const state = typeof req.query.state === 'string' ? req.query.state : '';
      const attempt = s.attempts.get(state);
      if (!attempt) {
        if (s.user) return res.redirect(303, '/profile');
        throw new Trouble(400, 'This login is no longer open', 'It was used already, or begun in another browser.');
      }
      attempt.outcome ??= (async () => {
        try {
          const { user, tokens } = await tenant.finish(new URL(req.originalUrl, env.BASE_URL), state, attempt);
          return store.replace(s, state, user, tokens);
        } finally {
          s.attempts.delete(state);
        }
      })();
      setCookie(res, await attempt.outcome);
      res.redirect(303, attempt.returnTo);
    },
  },
  {
    path: '/logout',
    post: async (req, res, s) => {
      store.remove(s);
      res.clearCookie('id');
      res.redirect(303, tenant.logoutUrl());
    },
  },
  {
    path: '/profile',
    label: 'Profile',
    needs: 'login',
    get: (req, res, s) => view(res, s, 'Profile', table({
      Name: s.user.name,
      'E-mail': s.user.email,
      Scopes: s.tokens?.scope ?? '',
    })),
  },
];

function allowed(s: Session, page: Page) {
  return !page.needs || !!s.user;
}


// ---- helpers
const text = (x: unknown) => String(x).replace(/[&<>'"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&#39;', '"': '&quot;' })[c]!);
const table = (o: Record<string, unknown>) => `<table>${Object.entries(o).map(([k, v]) => `<tr><th>${text(k)}</th><td>${text(v ?? '')}</td></tr>`).join('')}</table>`;
function view(res: any, s: Session, title: string, body: string) {
  const links = site.filter((p) => p.label && allowed(s, p)).map((p) => `<a href="${p.path}">${p.label}</a>`);
  const door = s.user ? '<form method="post" action="/logout"><button>Log out</button></form>' : '<a href="/login">Log in</a>';
  res.type('html').send(`<!doctype html><html lang="en"><head><title>${text(title)}</title></head><body><nav>${links.join(' ')} ${door}</nav><h1>${text(title)}</h1>${body}</body></html>`);
}
function setCookie(res: any, s: Session) {
  res.cookie('id', s.id, { httpOnly: true, sameSite: 'lax', secure: new URL(env.BASE_URL).protocol === 'https:' });
}
function local(wanted: unknown) {
  // paths only, no addresses of other sites
  return typeof wanted === 'string' && wanted.startsWith('/') ? wanted : '/profile';
}

const app = express();
app.disable('x-powered-by');
app.use(express.urlencoded({ extended: false }));
for (const page of site) {
  const wrap = (handler: Handler) => async (req: any, res: any) => {
    const s = (req.s = store.of(/(?:^|; )id=([^;]+)/.exec(req.headers.cookie ?? '')?.[1]));
    res.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'same-origin' });
    if (req.method === 'POST' && req.headers.origin && req.headers.origin !== new URL(env.BASE_URL).origin) throw new Trouble(403, 'No', 'This form was sent by another site.');
    if (page.needs && !s.user) return res.redirect(303, '/login?returnTo=' + encodeURIComponent(page.get ? req.originalUrl : '/appointments'));
    await handler(req, res, s);
  };
  if (page.get) app.get(page.path, wrap(page.get));
  if (page.post) app.post(page.path, wrap(page.post));
}
app.use((req: any) => { throw new Trouble(404, 'Not found', 'There is nothing here.', '/'); });
app.use((err: any, req: any, res: any, next: any) => {
  const s: Session = req.s ?? new Session();
  if (err instanceof LoginFirst) {
    // strikes: 1 = sent to the login, 2 = came back from it and still not welcome
    if (s.strikes < 2) {
      s.strikes = 1;
      return res.redirect(303, '/login?returnTo=/appointments');
    }
    s.strikes = 0;
    err = new Trouble(502, 'The API refuses you', 'A new login did not help.');
  }
  if (!(err instanceof Trouble)) {
    console.error(err);
    err = new Trouble(500, 'Something went wrong', 'It is not your fault.', '/');
  }
  res.status(err.status);
  view(res, s, err.message, `<p>${text(err.advice)}</p><p><a href="${text(err.href)}">Go on</a></p>`);
});
app.listen(env.PORT);
