import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { auth, InsufficientScopeError, requiredScopes } from 'express-oauth2-jwt-bearer';

const { PORT = '4002' } = process.env;
const lists = new Map<string, { id: string; title: string; startsAt: string }[]>();

/** The SDK knows scope only. Where the token has permissions, the user must be allowed too. */
const permitted =
  (scope: string): RequestHandler =>
  (req, _res, next) => {
    const permissions = req.auth?.payload.permissions as string[] | undefined;
    next(permissions && !permissions.includes(scope) ? new InsufficientScopeError([scope]) : undefined);
  };

const allow = (scope: string): RequestHandler[] => [requiredScopes(scope), permitted(scope)];

function listOf(sub = '') {
  const list = lists.get(sub) ?? [{ id: randomUUID(), title: 'Dentist', startsAt: '2027-05-03T09:00:00Z' }];
  lists.set(sub, list);
  return list;
}

const isAppointment = (body: unknown): body is { title: string; startsAt: string } => {
  const { title, startsAt } = Object(body);
  return typeof title === 'string' && title !== '' && typeof startsAt === 'string' && !!Date.parse(startsAt);
};

/** The SDK's errors have a status and headers, and so do those of express.json. */
const answer: ErrorRequestHandler = ({ status = 500, headers = {}, message }, _req, res, _next) => {
  if (status >= 500) console.error(message);
  res
    .status(status)
    .set(headers)
    .json({ error: status >= 500 ? 'the API failed' : message });
};

const app = express();
app.disable('x-powered-by');
// ISSUER_BASE_URL and AUDIENCE are the names that the SDK reads from the environment.
app.use(auth({ dpop: { enabled: false } }));
app.get('/appointments', ...allow('read:appointments'), (req, res) => {
  res.json({ appointments: listOf(req.auth?.payload.sub) });
});
app.post('/appointments', ...allow('create:appointments'), express.json({ limit: '10kb' }), (req, res) => {
  if (!isAppointment(req.body)) return void res.status(422).json({ error: 'title or startsAt is not right' });
  const { title, startsAt } = req.body;
  const made = { id: randomUUID(), title, startsAt };
  listOf(req.auth?.payload.sub).push(made);
  res.status(201).json(made);
});
app.delete('/appointments/:id', ...allow('delete:appointments'), (req, res) => {
  const list = listOf(req.auth?.payload.sub);
  const at = list.findIndex(({ id }) => id === req.params.id);
  if (at < 0) return void res.status(404).json({ error: 'no such appointment' });
  list.splice(at, 1);
  res.status(204).end();
});
app.use(answer);
app.listen(Number(PORT), 'localhost');
