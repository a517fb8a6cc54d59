import { createPublicKey, type KeyObject, randomUUID, verify } from 'node:crypto';
import http from 'node:http';

const { ISSUER_BASE_URL = '', AUDIENCE = '', PORT = '4002' } = process.env;
const COOL_DOWN = 10_000;
const LONGEST_BODY = 10_000;

interface Claims {
  iss?: unknown;
  aud?: unknown;
  sub?: unknown;
  exp?: unknown;
  nbf?: unknown;
  scope?: unknown;
  permissions?: unknown;
}
interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}
interface Appointment {
  id: string;
  title: string;
  startsAt: string;
}

class Refusal extends Error {
  constructor(readonly answer: Answer) {
    super(`answered ${answer.status}`);
  }
}

const refused = (status: number, challenge: string): Refusal =>
  new Refusal({ status, headers: { 'WWW-Authenticate': `Bearer realm="appointments"${challenge}` } });
const invalid = () => refused(401, ', error="invalid_token"');

let known: { issuer: string; keys: Map<string, KeyObject> } | undefined;
let readAt = 0;
let reading: Promise<void> | undefined;

async function json(url: string): Promise<any> {
  const response = await fetch(url, { signal: AbortSignal.timeout(3000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}

async function readKeys(): Promise<void> {
  const { issuer, jwks_uri } = await json(
    `${ISSUER_BASE_URL.replace(/\/$/, '')}/.well-known/openid-configuration`,
  );
  const { keys } = await json(jwks_uri);
  const usable = keys.filter(({ kty }: { kty: string }) => kty === 'RSA');
  known = {
    issuer,
    keys: new Map(usable.map((jwk: any) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })])),
  };
}

/** All who wait share one fetch; after it nobody fetches for a while, whether it succeeded or not. */
function refresh(): Promise<void> {
  if (Date.now() - readAt < COOL_DOWN) return reading ?? Promise.resolve();
  readAt = Date.now();
  reading = readKeys()
    .catch((error) => console.error(error.message))
    .finally(() => {
      reading = undefined;
    });
  return reading;
}

async function keyNamed(kid: unknown): Promise<KeyObject> {
  if (!known?.keys.has(String(kid))) await refresh();
  if (!known) throw new Refusal({ status: 503, headers: { 'Retry-After': '10' } });
  const key = known.keys.get(String(kid));
  if (!key) throw invalid();
  return key;
}

function decoded(part: string | undefined): any {
  try {
    return Object(JSON.parse(Buffer.from(part ?? '', 'base64url').toString()));
  } catch {
    throw invalid();
  }
}

async function claimsOf(token: string): Promise<Claims> {
  const [header, payload, signature, ...more] = token.split('.');
  const { alg, kid, crit } = decoded(header);
  if (alg !== 'RS256' || crit !== undefined || signature === undefined || more.length > 0) throw invalid();
  const key = await keyNamed(kid);
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url'))) throw invalid();
  return decoded(payload);
}

/** The user of a token that allows this. */
async function userOf({ authorization = '' }: http.IncomingHttpHeaders, scope: string): Promise<string> {
  const token = /^bearer +(\S*)$/i.exec(authorization)?.[1];
  if (token === undefined) throw refused(401, '');
  const { iss, aud, sub, exp, nbf, scope: allowed, permissions } = await claimsOf(token);
  const now = Date.now() / 1000;
  const inTime = typeof exp === 'number' && exp > now && (nbf === undefined || Number(nbf) <= now);
  if (iss !== known?.issuer || ![aud].flat().includes(AUDIENCE) || !inTime || typeof sub !== 'string')
    throw invalid();
  const lists = [String(allowed ?? '').split(' '), permissions ?? [scope]] as string[][];
  if (lists.every((list) => list.includes(scope))) return sub;
  throw refused(403, `, error="insufficient_scope", scope="${scope}"`);
}

const appointments = new Map<string, Map<string, Appointment>>();
const ofUser = (sub: string) => appointments.get(sub) ?? new Map<string, Appointment>();

/** Reads to the end, so that the sender gets the answer, and keeps no more than may be there. */
async function bodyOf(req: http.IncomingMessage): Promise<string> {
  let body = Buffer.alloc(0);
  let length = 0;
  for await (const piece of req) {
    length += piece.length;
    if (length <= LONGEST_BODY) body = Buffer.concat([body, piece]);
  }
  if (length > LONGEST_BODY) throw new Refusal({ status: 413 });
  return body.toString();
}

async function newAppointment(req: http.IncomingMessage): Promise<Appointment> {
  const body = await bodyOf(req);
  try {
    const { title, startsAt } = JSON.parse(body);
    if (typeof title === 'string' && !Number.isNaN(Date.parse(startsAt)))
      return { id: randomUUID(), title, startsAt };
  } catch {
    // Answered below, as another shape is.
  }
  throw new Refusal({ status: 400 });
}

const routes: Record<string, (req: http.IncomingMessage, id: string) => Promise<Answer>> = {
  'GET ': async ({ headers }) => {
    const list = ofUser(await userOf(headers, 'read:appointments'));
    return { status: 200, body: { appointments: [...list.values()] } };
  },
  'POST ': async (req) => {
    const sub = await userOf(req.headers, 'create:appointments');
    const made = await newAppointment(req);
    appointments.set(sub, ofUser(sub).set(made.id, made));
    return { status: 201, body: made };
  },
  'DELETE /': async ({ headers }, id) => {
    const list = ofUser(await userOf(headers, 'delete:appointments'));
    return { status: list.delete(id) ? 204 : 404 };
  },
};

async function answerTo(req: http.IncomingMessage): Promise<Answer> {
  const { pathname } = new URL(req.url ?? '/', 'http://api');
  const [, slash = '', id = ''] = /^\/appointments(?:(\/)([\w-]+))?$/.exec(pathname) ?? [];
  const route = pathname.startsWith('/appointments') ? routes[`${req.method} ${slash}`] : undefined;
  return route ? route(req, id) : { status: 404 };
}

http
  .createServer(async (req, res) => {
    const { status, headers, body } = await answerTo(req).catch((error): Answer => {
      if (error instanceof Refusal) return error.answer;
      console.error(error);
      return { status: 500 };
    });
    res.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    res.end(body === undefined ? undefined : JSON.stringify(body));
  })
  .listen(Number(PORT), 'localhost');
