import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { API_SCOPES, ApiClient, type Appointment, ScopeMissing, TokenRefused } from './api-client';
import { requireLogin, toLogin } from './auth';
import type { Config } from './config';
import { PageError } from './errors';
import { stopLoginLoop } from './hardening/login-loop';
import { LoginNeeded, type SessionTokens } from './tokens';

/** The user's appointments: listed, added and deleted through the API, in the user's name. */
export function appointments(config: Config, tokens: SessionTokens): Router {
  const api = new ApiClient(config);
  const form = express.urlencoded({ extended: false, limit: '10kb' });

  return Router()
    .use('/appointments', requireLogin, needsApi(config))
    .get('/appointments', (req, res) =>
      withApi(req, res, async (accessToken) => {
        res.render('appointments', { appointments: await api.list(accessToken), when });
      }),
    )
    .post('/appointments', form, (req, res) =>
      withApi(req, res, async (accessToken) => {
        await api.add(accessToken, appointmentFrom(req.body));
        res.redirect(303, '/appointments');
      }),
    )
    .post('/appointments/:id/delete', (req, res) =>
      withApi(req, res, async (accessToken) => {
        await api.remove(accessToken, String(req.params.id));
        res.redirect(303, '/appointments');
      }),
    );

  /** Runs something with an access token; what the API says of it leads to a login or to a page that explains. */
  async function withApi(req: Request, res: Response, work: (accessToken: string) => Promise<void>) {
    const call = () => stopLoginLoop(req, res, () => tokens.withAccessToken(req.sessionID, work));
    // BEGIN SOLUTION 3.3
    // STUB // Task 3.3: distinguish 401 from 403
    // STUB await call();
    try {
      await call();
    } catch (error) {
      // 401, or no token that works: a new login brings a new one.
      if (error instanceof TokenRefused || error instanceof LoginNeeded) return toLogin(res, '/appointments');
      // 403: the token is good and not enough. The same login would change nothing; asking for the scope may.
      if (error instanceof ScopeMissing) throw missing(error.scope);
      throw error;
    }
    // END SOLUTION
  }
}

function missing(scope: string): PageError {
  const query = new URLSearchParams({ returnTo: '/appointments', scope });
  const canAsk = scope.split(' ').every((one) => API_SCOPES.includes(one));
  const action = canAsk ? { href: `/login?${query}`, text: 'Ask for it' } : undefined;
  const why = 'You have not allowed it to this app, or you do not have it yourself.';
  const message = `The API asks for the scope ${scope || 'that it did not name'}. ${why}`;
  return new PageError(403, 'A permission is missing', message, action);
}

const needsApi =
  ({ audience, apiUrl }: Config): RequestHandler =>
  (_req, _res, next) => {
    if (audience !== undefined && apiUrl !== undefined) return next();
    const why = audience ? '' : ' Without it the access token is opaque, and no API can read it.';
    const name = audience ? 'API_URL' : 'AUDIENCE';
    const message = `This app has no ${name}.${why} Set ${name} and log in again.`;
    throw new PageError(500, 'The API cannot be called', message);
  };

/** A moment for people to read; as it came where it is none. */
function when(iso: string): string {
  const date = new Date(iso);
  const format = { dateStyle: 'full', timeStyle: 'short', timeZone: 'UTC' } as const;
  return Number.isNaN(date.getTime()) ? iso : `${date.toLocaleString('en-GB', format)} UTC`;
}

function appointmentFrom(body: unknown): Omit<Appointment, 'id'> {
  const { title, startsAt } = Object(body);
  // A datetime-local field has no time zone; the form says that it means UTC.
  const date = new Date(/(Z|[+-]\d\d:\d\d)$/.test(startsAt) ? startsAt : `${startsAt}Z`);
  if (typeof title === 'string' && title.trim() !== '' && !Number.isNaN(date.getTime()))
    return { title: title.trim(), startsAt: date.toISOString() };
  const back = { href: '/appointments', text: 'Back' };
  throw new PageError(400, 'Not an appointment', 'Give it a title, and a date with a time.', back);
}
