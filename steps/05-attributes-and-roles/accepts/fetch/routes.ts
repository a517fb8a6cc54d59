import { appointments } from './appointments';
import { attributesOf, learn } from './attributes';
import { login } from './login';
import { menu, office } from './office';
import { escapeHtml, html, redirect } from './pages';
import type { Route } from './route';
import { renew } from './sessions';
import { finish } from './tenant';
import { keep } from './tokens';

export const routes: Record<string, Route> = {
  ...login,
  ...appointments,
  ...office,
  'GET /callback': {
    run: async ({ query, session, res }) => {
      // Loaded again, and the login is done: there is nothing left to do.
      if (session.user && !session.logins.has(query.get('state') ?? '')) return redirect(res, '/');
      const { user, answer } = await finish(session, query);
      const renewed = renew(session, res);
      renewed.user = user;
      keep(renewed, answer);
      learn(renewed.id, answer.id_token);
      redirect(res, session.wanted ?? '/');
    },
  },
  'GET /profile': {
    needsUser: true,
    run: ({ res, session }) => {
      const { roles, office: place } = attributesOf(session.id);
      const shown = [session.user?.name, session.user?.email, ...roles, place];
      html(
        res,
        200,
        `${menu(session.id)}<p>${shown.map((text) => escapeHtml(text ?? '')).join(' · ')}</p>
        <form action="/logout" method="post"><button>Log out</button></form>`,
      );
    },
  },
};
