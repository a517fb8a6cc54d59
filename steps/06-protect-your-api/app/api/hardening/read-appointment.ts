import express, { type RequestHandler } from 'express';
import { z } from 'zod';
import { Problem } from './problems';

/** Stops: a body that is too large, is no JSON, or sets more than a user may (mass assignment, OWASP API3:2023). */

const newAppointment = z.strictObject({
  title: z.string().trim().min(1, 'must not be empty').max(200, 'must have at most 200 characters'),
  startsAt: z.iso.datetime({
    offset: true,
    error: 'must be a date and time with time zone, such as 2027-03-01T09:30:00Z',
  }),
});

const json = express.json({ limit: '10kb', type: ['application/json', 'application/*+json'] });

/** Leaves a new appointment in req.body. */
export const readAppointment: RequestHandler[] = [
  json,
  (req, _res, next) => {
    if (!req.is(['json', '+json']))
      throw new Problem(415, 'Unsupported media type', 'Send the appointment as application/json.');
    const { data, error } = newAppointment.safeParse(req.body);
    if (error) {
      const what = error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
      const example = 'Send {"title": "…", "startsAt": "2027-03-01T09:30:00Z"}.';
      throw new Problem(422, 'Not an appointment', `${what.join('; ')}. ${example}`);
    }
    req.body = data;
    next();
  },
];
