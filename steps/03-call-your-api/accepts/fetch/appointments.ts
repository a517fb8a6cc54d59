import { callApi } from './call-api';
import { escapeHtml, html, redirect } from './pages';
import type { Route } from './route';
import { accessToken } from './tokens';

export const appointments: Record<string, Route> = {
  'GET /appointments': {
    needsUser: true,
    run: async ({ session, res }) => {
      const token = await accessToken(session);
      const outcome = token === undefined ? ({ kind: 'not accepted' } as const) : await callApi(token);
      switch (outcome.kind) {
        case 'list':
          return html(res, 200, `<ol>${outcome.titles.map((one) => `<li>${escapeHtml(one)}`).join('')}</ol>`);
        case 'not accepted':
          session.wanted = '/appointments';
          return redirect(res, '/login');
        case 'scope missing':
          return html(
            res,
            403,
            `<p>You have not allowed this app: <code>${escapeHtml(outcome.scope)}</code>.`,
          );
        case 'failed':
          return html(res, outcome.status, '<p>The appointments are not available. Try again in a moment.');
      }
    },
  },
};
