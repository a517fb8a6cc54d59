import express, { type Express, type Request } from 'express';
import { Appointments, MOST_PER_USER, made } from './appointments';
import { callerOf, requireScope, requireToken } from './bearer';
import { headers } from './hardening/headers';
import { oneTokenOnly } from './hardening/one-token';
import { answerProblem, noSuchRoute, onlyMethods, Problem } from './hardening/problems';
import { readAppointment } from './hardening/read-appointment';
import { rememberTokens } from './hardening/seen-tokens';
import { IssuerKeys } from './keys';

export interface ApiSettings {
  issuer: URL;
  /** The API's identifier: what `aud` of an access token must contain. */
  audience: string;
  now?: () => number;
  appointments?: Appointments;
}

/** The Appointments API: a resource server (RFC 6749, section 1.1), which knows users by access tokens only. */
export function createApi(settings: ApiSettings): Express {
  const { issuer, audience, now = Date.now, appointments = new Appointments(now) } = settings;
  const verify = rememberTokens({ keys: new IssuerKeys(issuer, now), audience, now });
  const app = express().disable('x-powered-by').disable('etag').use(headers);
  app.use('/appointments', oneTokenOnly, requireToken(verify));
  // BEGIN SOLUTION 6.4
  // STUB // Task 6.4: demand a scope of each route
  app.get('/appointments', requireScope('read:appointments'));
  app.post('/appointments', requireScope('create:appointments'));
  app.delete('/appointments/:id', requireScope('delete:appointments'));
  // END SOLUTION

  // BEGIN SOLUTION 6.5
  // STUB // Task 6.5: the appointments of whoever sent the request
  // STUB const mine = (_req: Request) => appointments.of('everybody');
  const mine = (req: Request) => appointments.of(callerOf(req).sub);
  // END SOLUTION
  app
    .route('/appointments')
    .get((req, res) => void res.json({ appointments: mine(req) }))
    .post(...readAppointment, (req, res) => {
      if (mine(req).length >= MOST_PER_USER)
        throw new Problem(409, 'Too many appointments', 'Cancel one before you make another.');
      const appointment = made(req.body.title, req.body.startsAt);
      mine(req).push(appointment);
      res.status(201).location(`/appointments/${appointment.id}`).json(appointment);
    })
    .all(onlyMethods('GET, POST', 'GET lists appointments, POST makes one.'));
  app
    .route('/appointments/:id')
    .delete((req, res) => {
      const at = mine(req).findIndex(({ id }) => id === req.params.id);
      if (at < 0) throw new Problem(404, 'No such appointment', 'You have no appointment with this id.');
      mine(req).splice(at, 1);
      res.status(204).end();
    })
    .all(onlyMethods('DELETE', 'DELETE cancels an appointment.'));
  app.use(noSuchRoute, answerProblem);
  return app;
}
