import { expectThat, type Found, type TestEnvironment } from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';
import { accessToken } from './tokens';

export type Answer = Awaited<ReturnType<TestEnvironment['ask']>>;
export type Call = NonNullable<Parameters<TestEnvironment['ask']>[1]> & { path?: string };

/** Sends one request with an access token as Bearer. */
export const withToken = (
  on: TestEnvironment,
  token: string,
  { path = '/appointments', ...call }: Call = {},
) => on.ask(path, { ...call, token });

export const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** RFC 6750, section 3. */
export const challengeOf = ({ headers }: Answer): string => String(headers['www-authenticate'] ?? '');

/** `GET /appointments answered 401, WWW-Authenticate: Bearer error="invalid_token"` */
export function seenOf(answer: Answer, what = 'GET /appointments'): string {
  const challenge = challengeOf(answer);
  return `${what} answered ${answer.status}${challenge ? `, WWW-Authenticate: ${challenge}` : ''}`;
}

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
export async function expectAccepted(on: TestEnvironment): Promise<void> {
  const answer = await withToken(on, await accessToken(on));
  expectThat(isSuccess(answer), () => ({
    id: 'valid-token-refused',
    expected: 'the API accepts an access token of the tenant',
    of: answer,
    seen: seenOf(answer),
    cause: 'the API refuses the tenant’s own token, so this check cannot say anything yet',
    next: 'fix what 6.accepts finds first',
    waitsFor: '6.accepts',
  }));
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
      of: answer,
      seen: `${seenOf(answer)} to ${what}`,
      ...rest,
    };
  });
  return answer;
}

interface Listed {
  id: string;
  title: string;
}

/** The appointments in an answer; undefined for another shape. */
export function appointmentsIn({ json }: Answer): Listed[] | undefined {
  const { appointments } = Object(json) as { appointments?: unknown };
  const isOne = (one: unknown) => ['id', 'title', 'startsAt'].every((name) => name in Object(one));
  return Array.isArray(appointments) && appointments.every(isOne) ? (appointments as Listed[]) : undefined;
}

/** What the API has asked the tenant so far. */
export const requestsToTenant = (on: TestEnvironment): Message[] => on.recorder.between('api', 'tenant');

/** The requests for the tenant's keys (RFC 7517) among them. */
export const keyRequests = (on: TestEnvironment): Message[] =>
  requestsToTenant(on).filter(({ url }) => url.pathname.includes('jwks'));
