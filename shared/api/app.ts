import express, { type ErrorRequestHandler, type Express } from 'express';
import helmet from 'helmet';
import { err } from '../lib/terminal';
import { Appointments, newAppointment } from './appointments';
import { callerOf, requireScope, requireToken } from './bearer';
import { IssuerKeys } from './keys';
import { Problem, sendProblem } from './problem';
import { SCOPES } from './scopes';
import { tokenVerifier } from './verify';

export interface ApiSettings {
  /** The tenant's issuer, with or without its final slash. */
  issuer: URL;
  /** The API's identifier: what an access token's `aud` must contain. */
  audience: string;
  /** Milliseconds since the epoch; tests move it. */
  now?: () => number;
  appointments?: Appointments;
}

/** The Appointments API: a resource server (RFC 6749, section 1.1) that knows its callers only by their access
 * tokens. */
export function createApi({
  issuer,
  audience,
  now = Date.now,
  appointments = new Appointments(now),
}: ApiSettings): Express {
  const verify = tokenVerifier(new IssuerKeys(issuer, now), audience, now);
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use(helmet({ contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] }, useDefaults: false } }));
  const body = express.json({ limit: '10kb', type: ['application/json', 'application/*+json'] });

  // RFC 6750, section 2.2: a form may carry a token too. It is read only to refuse a token that is sent twice.
  app.post('/appointments', express.urlencoded({ limit: '10kb', extended: false }));
  app.use('/appointments', requireToken(verify), (_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });
  app
    .route('/appointments')
    .get(requireScope(SCOPES.list), (req, res) => {
      res.json({ appointments: appointments.list(callerOf(req).sub) });
    })
    .post(requireScope(SCOPES.make), body, (req, res) => {
      if (!req.is(['json', '+json']))
        throw new Problem(415, 'Unsupported media type', 'Send the appointment as application/json.');
      const wanted = newAppointment.safeParse(req.body);
      if (!wanted.success) {
        const what = wanted.error.issues.map(
          (issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`,
        );
        throw new Problem(
          422,
          'Not an appointment',
          `${what.join('; ')}. Send {"title": "…", "startsAt": "2027-03-01T09:30:00Z"}.`,
        );
      }
      const made = appointments.add(callerOf(req).sub, wanted.data);
      if (!made) throw new Problem(409, 'Too many appointments', 'Cancel one before you make another.');
      res.status(201).location(`/appointments/${made.id}`).json(made);
    })
    .all(() => {
      throw new Problem(405, 'Method not allowed', 'GET lists appointments, POST makes one.', {
        Allow: 'GET, POST',
      });
    });
  app
    .route('/appointments/:id')
    .delete(requireScope(SCOPES.cancel), (req, res) => {
      if (!appointments.remove(callerOf(req).sub, req.params.id))
        throw new Problem(404, 'No such appointment', 'You have no appointment with this id.');
      res.status(204).end();
    })
    .all(() => {
      throw new Problem(405, 'Method not allowed', 'DELETE cancels an appointment.', { Allow: 'DELETE' });
    });
  app.use(() => {
    throw new Problem(404, 'No such route', 'This API has /appointments and /appointments/:id.');
  });
  app.use(answerProblem);
  return app;
}

const answerProblem: ErrorRequestHandler = (error, _req, res, _next) => {
  if (error instanceof Problem) return sendProblem(res, error);
  const { type, status } = error as { type?: string; status?: number };
  if (type === 'entity.too.large')
    return sendProblem(res, new Problem(413, 'Too large', 'The body may have at most 10 kB.'));
  if (type === 'entity.parse.failed')
    return sendProblem(res, new Problem(400, 'Not JSON', 'The body is not valid JSON.'));
  if (status !== undefined && status >= 400 && status < 500) {
    return sendProblem(
      res,
      new Problem(status, 'The request cannot be read', 'Its body or its address is malformed.'),
    );
  }
  err(`api: ${error instanceof Error ? error.stack : String(error)}\n`);
  sendProblem(res, new Problem(500, 'The API failed', 'Something went wrong here, not in your application.'));
};
