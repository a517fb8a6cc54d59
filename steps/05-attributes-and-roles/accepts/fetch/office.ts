import { attributesOf } from './attributes';
import { escapeHtml, html } from './pages';
import type { Route } from './route';

export const menu = (session: string) =>
  attributesOf(session).roles.includes('manager') ? '<nav><a href="/office">Office</a></nav>' : '';

export const office: Record<string, Route> = {
  'GET /office': {
    needsUser: true,
    run: ({ res, session }) => {
      const { roles, office: place } = attributesOf(session.id);
      if (!roles.includes('manager')) return html(res, 403, 'Only managers come here.');
      html(res, 200, `${menu(session.id)}<h1>${escapeHtml(place)}</h1>`);
    },
  },
};
