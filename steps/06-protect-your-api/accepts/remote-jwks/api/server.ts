import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Request, type Response } from 'express';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';

const { ISSUER_BASE_URL = '', AUDIENCE = '', PORT = '4002' } = process.env;

interface Appointment {
  id: string;
  title: string;
  startsAt: string;
}

const bySub: Record<string, Appointment[]> = Object.create(null);

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly challenge: string,
  ) {
    super(challenge);
  }
}

let discovered: { issuer: string; keys: ReturnType<typeof createRemoteJWKSet> } | undefined;

/** Asked for at the first request, and again until the tenant answers. */
async function discover() {
  if (discovered) return discovered;
  const url = `${ISSUER_BASE_URL.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) throw new Refused(503, '');
  const { issuer, jwks_uri } = (await response.json()) as { issuer: string; jwks_uri: string };
  discovered ??= { issuer, keys: createRemoteJWKSet(new URL(jwks_uri)) };
  return discovered;
}

/** The claims of the token, if it allows this. */
async function demand(req: Request, scope: string): Promise<JWTPayload & { sub: string }> {
  const [scheme = '', token, ...more] = (req.headers.authorization ?? '').split(/ +/);
  if (scheme.toLowerCase() !== 'bearer') throw new Refused(401, 'Bearer realm="appointments"');
  const { issuer, keys } = await discover();
  const { payload } = await jwtVerify(more.length > 0 ? '' : (token ?? ''), keys, {
    issuer,
    audience: AUDIENCE,
    algorithms: ['RS256'],
    requiredClaims: ['exp', 'sub'],
  }).catch((error) => {
    if (error.code === 'ERR_JWKS_TIMEOUT' || !(error instanceof errors.JOSEError)) throw new Refused(503, '');
    throw new Refused(401, 'Bearer realm="appointments", error="invalid_token"');
  });
  const { scope: allowed = '', permissions = [scope] } = payload as {
    scope?: string;
    permissions?: string[];
  };
  if (!allowed.split(' ').includes(scope) || !permissions.includes(scope))
    throw new Refused(403, `Bearer realm="appointments", error="insufficient_scope", scope="${scope}"`);
  return payload as JWTPayload & { sub: string };
}

async function list(req: Request, res: Response) {
  const { sub } = await demand(req, 'read:appointments');
  res.json({ appointments: bySub[sub] ?? [] });
}

async function make(req: Request, res: Response) {
  const { sub } = await demand(req, 'create:appointments');
  await new Promise<void>((resolve, reject) => {
    express.json({ limit: '20kb' })(req, res, (error?: unknown) => (error ? reject(error) : resolve()));
  });
  const { title, startsAt } = Object(req.body);
  if (typeof title !== 'string' || title.length > 500 || !/^\d{4}-\d\d-\d\dT/.test(startsAt))
    return void res.status(400).json({ message: 'Send a title and startsAt.' });
  const appointment = { id: randomUUID(), title, startsAt };
  bySub[sub] = [...(bySub[sub] ?? []), appointment];
  res.status(201).json(appointment);
}

async function cancel(req: Request, res: Response) {
  const { sub } = await demand(req, 'delete:appointments');
  const before = bySub[sub] ?? [];
  bySub[sub] = before.filter(({ id }) => id !== req.params.id);
  res.status(bySub[sub].length < before.length ? 204 : 404).end();
}

const refuse: ErrorRequestHandler = (error, _req, res, _next) => {
  const { status = 500, challenge } = error;
  if (challenge) res.set('WWW-Authenticate', challenge);
  if (status === 503) res.set('Retry-After', '5');
  if (status === 500) console.error(error);
  res.status(status).json({ message: status === 500 ? 'The API failed.' : 'The request was refused.' });
};

express()
  .get('/appointments', list)
  .post('/appointments', make)
  .delete('/appointments/:id', cancel)
  .use(refuse)
  .listen(Number(PORT), 'localhost');
