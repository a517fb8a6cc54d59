import { Router, type NextFunction, type Request, type Response } from 'express';
import { accountOf, LoginNeeded, Refused, withToken } from './accounts';
import { API_SCOPES, env } from './settings';
import { esc, Oops, page } from './html';

class NotAllowed extends Error {
  constructor(readonly scope: string) {
    super(`the scope ${scope} is missing`);
  }
}

async function api(accessToken: string, method: string, path: string, body?: object): Promise<any> {
  let response: globalThis.Response;
  try {
    response = await fetch(new URL(path, env.api), {
      method,
      headers: {
        authorization: `Bearer ${accessToken}`,
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(3000),
    });
  } catch {
    throw new Oops(503, 'No appointments just now', 'Their API does not answer. Please try again later.');
  }
  const challenge = response.headers.get('www-authenticate') ?? '';
  if (response.status === 401) throw new Refused(challenge);
  if (response.status === 403) throw new NotAllowed(/scope="([^"]*)"/.exec(challenge)?.[1] ?? '');
  if (response.status === 404) throw new Oops(404, 'No such appointment', 'It may be gone already.', { href: '/appointments', label: 'Appointments' });
  if (response.status === 400 || response.status === 422)
    throw new Oops(400, 'Not understood', 'Give it a title and a time.', { href: '/appointments', label: 'Appointments' });
  if (!response.ok) throw new Oops(502, 'No appointments just now', 'Their API has a problem. Please try again later.');
  if (response.status === 204) return undefined;
  try {
    return await response.json();
  } catch {
    throw new Oops(502, 'No appointments just now', 'Their API answered something strange.');
  }
}

/** Runs an action with the user's token, and knows where its failures lead. */
const calling =
  (action: (req: Request, res: Response, token: string) => Promise<void>) => async (req: Request, res: Response, next: NextFunction) => {
    const account = accountOf(req.sessionID);
    try {
      await withToken(req.sessionID, (token) => action(req, res, token));
      if (account) account.forced = false;
      if (req.session.forced) delete req.session.forced;
    } catch (error) {
      if (error instanceof LoginNeeded || error instanceof Refused) {
        if (error instanceof Refused && account?.forced) {
          account.forced = false;
          return next(new Oops(502, 'The API does not accept your login', 'A new login has not helped.', { href: '/login?returnTo=/appointments', label: 'Log in again' }));
        }
        if (error instanceof Refused) req.session.forced = true;
        return res.redirect(303, '/login?returnTo=/appointments');
      }
      if (error instanceof NotAllowed) {
        const known = API_SCOPES.includes(error.scope);
        const link = known
          ? { href: `/login?returnTo=/appointments&scope=${encodeURIComponent(error.scope)}`, label: `Ask for ${error.scope}` }
          : undefined;
        return next(new Oops(403, 'You may not do that', `The scope ${error.scope || '(unknown)'} is missing.`, link));
      }
      next(error);
    }
  };

export const appointments = Router();

appointments.get(
  '/',
  calling(async (req, res, token) => {
    const list = (await api(token, 'GET', '/appointments'))?.appointments;
    const items = (Array.isArray(list) ? list : []).map(
      ({ id, title, startsAt }: { id: string; title: string; startsAt: string }) => `<li>
        ${esc(title)}, ${esc(startsAt)}
        <a href="/appointments/${encodeURIComponent(id)}/delete">Delete</a>
      </li>`,
    );
    res.send(
      page(
        'Appointments',
        `<ul>${items.join('')}</ul>
        <form method="post" action="/appointments">
          <label>Title <input name="title" required></label>
          <label>Starts (UTC) <input type="datetime-local" name="startsAt" required></label>
          <button>Add</button>
        </form>`,
        accountOf(req.sessionID)?.user,
      ),
    );
  }),
);

appointments.post(
  '/',
  calling(async (req, res, token) => {
    const title = String(req.body?.title ?? '').trim();
    const text = String(req.body?.startsAt ?? '');
    const time = new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
    if (!title || Number.isNaN(time.getTime()))
      throw new Oops(400, 'Not understood', 'Give it a title and a time.', { href: '/appointments', label: 'Appointments' });
    await api(token, 'POST', '/appointments', { title, startsAt: time.toISOString() });
    res.redirect(303, '/appointments');
  }),
);

appointments.get(
  '/:id/delete',
  calling(async (req, res, token) => {
    await api(token, 'DELETE', `/appointments/${encodeURIComponent(String(req.params.id))}`);
    res.redirect(303, '/appointments');
  }),
);
