import express, { type Request, type Response, Router } from 'express';
import { AppointmentsApi, ScopeMissing, TokenRefused } from './api';
import type { Config } from './config';
import { PageError } from './errors';
import { forgetRefusal, logInAgain } from './log-in-again';
import { requireLogin } from './require-login';
import { optionalScopes } from './scopes';
import { withAccessToken } from './tokens';

/** The user's appointments: listed, added and deleted through the API, in the user's name. */
export function appointmentRoutes(config: Config): Router {
  const api = new AppointmentsApi(config);
  const form = express.urlencoded({ extended: false, limit: '10kb' });

  return Router()
    .use('/appointments', requireLogin, needsAudience(config), forgetRefusal)
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
}

/** Runs something with an access token; what the API says of the token leads to a log-in or to a page that explains. */
async function withApi(
  req: Request,
  res: Response,
  work: (accessToken: string) => Promise<void>,
): Promise<void> {
  // BEGIN SOLUTION 3.3
  // STUB // Task 3.3: tell 401 from 403
  // STUB await withAccessToken(req, work);
  try {
    await withAccessToken(req, work);
  } catch (error) {
    // 401: nobody the API knows. A new log-in brings a new token.
    if (error instanceof TokenRefused) return logInAgain(req, res, '/appointments');
    // 403: known, but not allowed to. Logging in again would change nothing; asking for the scope may.
    if (error instanceof ScopeMissing) throw missing(error.scope);
    throw error;
  }
  // END SOLUTION
}

function missing(scope: string): PageError {
  // One or several, separated by spaces (RFC 6750, section 3).
  const canAsk = scope.split(' ').every((one) => optionalScopes.includes(one));
  return new PageError(
    403,
    'A permission is missing',
    `The API asks for the scope ${scope || 'that it did not name'}. You have not allowed it to this app, or you do not have it yourself.`,
    canAsk
      ? { href: `/login?${new URLSearchParams({ returnTo: '/appointments', scope })}`, text: 'Ask for it' }
      : { href: '/', text: 'Back to the start page' },
  );
}

function needsAudience({ audience, apiUrl }: Config) {
  return (_req: Request, _res: Response, next: () => void) => {
    if (audience !== undefined && apiUrl !== undefined) return next();
    const name = audience === undefined ? 'AUDIENCE' : 'API_URL';
    throw new PageError(
      500,
      'The API cannot be called',
      `This app has no ${name}. ${audience === undefined ? 'Without it the tenant issues an opaque access token, which no API can read. ' : ''}Set ${name} and log in again.`,
    );
  };
}

const formatter = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'full',
  timeStyle: 'short',
  timeZone: 'UTC',
});

/** A moment for people to read; as it came where it is none. */
function when(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${formatter.format(date)} UTC`;
}

function appointmentFrom(body: unknown): { title: string; startsAt: string } {
  const { title, startsAt } = (body ?? {}) as { title?: unknown; startsAt?: unknown };
  // A datetime-local field has no time zone; the form says that it means UTC.
  const zoned = /(Z|[+-]\d\d:\d\d)$/.test(String(startsAt)) ? String(startsAt) : `${startsAt}Z`;
  const date = new Date(zoned);
  if (typeof title !== 'string' || title.trim() === '' || Number.isNaN(date.getTime())) {
    throw new PageError(400, 'Not an appointment', 'Give it a title, and a date with a time.', {
      href: '/appointments',
      text: 'Back',
    });
  }
  return { title: title.trim(), startsAt: date.toISOString() };
}
