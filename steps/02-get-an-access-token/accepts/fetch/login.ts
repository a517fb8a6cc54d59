import { escapeHtml, html, redirect } from './pages';
import type { Route } from './route';
import { end, renew } from './sessions';
import { begin, finish } from './tenant';
import { keep } from './tokens';

export const login: Record<string, Route> = {
  'GET /': {
    run: ({ res, session }) =>
      html(res, 200, session.user ? '<a href="/profile">Profile</a>' : '<a href="/login">Log in</a>'),
  },
  'GET /login': {
    run: async ({ res, session }) => redirect(res, await begin(session)),
  },
  'GET /callback': {
    run: async ({ query, session, res }) => {
      // Loaded again, and the login is done: there is nothing left to do.
      if (session.user && !session.logins.has(query.get('state') ?? '')) return redirect(res, '/');
      const { user, answer } = await finish(session, query);
      const wanted = session.wanted ?? '/';
      const renewed = renew(session, res);
      renewed.user = user;
      keep(renewed, answer);
      redirect(res, wanted);
    },
  },
  'GET /profile': {
    needsUser: true,
    run: ({ res, session }) =>
      html(
        res,
        200,
        `<h1>${escapeHtml(session.user?.name ?? '')}</h1><p>${escapeHtml(session.user?.email ?? '')}
        <form action="/logout" method="post"><button>Log out</button></form>`,
      ),
  },
  'GET /logout': {
    run: ({ res }) => html(res, 200, '<form action="/logout" method="post"><button>Log out</button></form>'),
  },
  'POST /logout': {
    run: ({ res, session }) => {
      end(session);
      redirect(res, '/');
    },
  },
};
