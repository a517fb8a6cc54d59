import { once } from 'node:events';
import http from 'node:http';
import { expectThat, type Found, type TestEnvironment } from '../../../shared/checks';
import { membersOf } from '../../../shared/lib/json';
import type { Message } from '../../../shared/recorder';
import { accessToken, type Claims } from './tokens';

export interface Call {
  method?: string;
  path?: string;
  /** The whole header; without it the request has none. */
  authorization?: string | undefined;
  headers?: Record<string, string>;
  body?: string;
}

/** What the API answered, and the message on the wire. */
export interface Answer {
  status: number;
  challenge: string;
  body: string;
  message: Message | undefined;
}

/** Milliseconds. An API that does not answer is a finding of its own. */
const WITHIN = 10_000;

/** Sends one request to the API, as a program with an access token does. @throws Error without an answer. */
export async function call(on: TestEnvironment, options: Call = {}): Promise<Answer> {
  const { method = 'GET', path = '/appointments', authorization, headers = {}, body } = options;
  const url = new URL(path, on.api.origin);
  const req = http.request(url, {
    method,
    signal: AbortSignal.timeout(WITHIN),
    headers: {
      accept: 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...headers,
    },
  });
  // A server may answer before it has read a large body, and close.
  req.on('error', () => {});
  req.end(body);
  const [res] = (await once(req, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  res.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(res, 'end');
  return {
    status: res.statusCode ?? 0,
    challenge: String(res.headers['www-authenticate'] ?? ''),
    body: Buffer.concat(chunks).toString(),
    message: on.recorder.messages.findLast((one) => one.to === 'api' && one.method === method),
  };
}

/** The same with an access token as Bearer. */
export const withToken = (on: TestEnvironment, token: string, options: Call = {}): Promise<Answer> =>
  call(on, { ...options, authorization: `Bearer ${token}` });

export const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** `GET /appointments answered 401, Bearer error="invalid_token"` */
export const seenOf = ({ status, challenge }: Answer, what = 'GET /appointments'): string =>
  `${what} answered ${status}${challenge ? `, WWW-Authenticate: ${challenge}` : ''}`;

/** An answer of a starter names its task. */
export function openTask({
  status,
  body,
}: Answer): { cause: string; next: string; task: string } | undefined {
  const task = status >= 500 ? /\bTask (6\.\d)/.exec(body)?.[1] : undefined;
  return task === undefined
    ? undefined
    : { cause: 'the task is not done yet', next: `do task ${task}`, task };
}

/** Whether the API accepts a token of the tenant: what each further check needs first.
 * @throws Diagnosis that names the check to fix first. */
export async function expectAccepted(on: TestEnvironment, claims: Claims = {}): Promise<Answer> {
  const answer = await withToken(on, await accessToken(on, claims));
  expectThat(isSuccess(answer), () => ({
    id: 'valid-token-refused',
    expected: 'the API accepts an access token of the tenant',
    of: answer.message,
    seen: seenOf(answer),
    cause: 'the API refuses the tenant’s own token, so this check cannot say anything yet',
    next: 'fix what 6.accepts finds first',
    waitsFor: '6.accepts',
  }));
  return answer;
}

/** @throws Diagnosis if the API accepts what it must refuse. */
export async function expectRefused(
  on: TestEnvironment,
  token: string,
  found: () => Omit<Found, 'seen' | 'of' | 'expected'> & { what: string },
): Promise<Answer> {
  const answer = await withToken(on, token);
  expectThat(!isSuccess(answer), () => {
    const { what, ...rest } = found();
    return {
      expected: `the API refuses ${what}`,
      of: answer.message,
      seen: `${seenOf(answer)} to ${what}`,
      ...rest,
    };
  });
  return answer;
}

/** The appointments in an answer; undefined for another shape. */
export function appointmentsIn({ body }: Answer): { id: string; title: string }[] | undefined {
  const { appointments } = membersOf(body) as { appointments?: unknown };
  const isOne = (one: unknown) =>
    typeof one === 'object' && one !== null && 'id' in one && 'title' in one && 'startsAt' in one;
  return Array.isArray(appointments) && appointments.every(isOne) ? appointments : undefined;
}

/** What the tenant was asked for its keys so far. */
export const keyRequests = (on: TestEnvironment): Message[] =>
  on.recorder.messages.filter(({ to, url }) => to === 'tenant' && /jwks|\/keys$/.test(url.pathname));
