import type { Config } from './config';
import { PageError } from './errors';

/** The scopes that the API defines. */
export const API_SCOPES = ['read:appointments', 'create:appointments', 'delete:appointments'];

export type Appointment = { id: string; title: string; startsAt: string };

/** 401: the API does not accept the access token. It expired, or was ended (RFC 6750, section 3.1). */
export class TokenRefused extends Error {
  override name = 'TokenRefused';
}

/** 403: the access token is good and lacks a scope, or several, separated by spaces (RFC 6750, section 3). */
export class ScopeMissing extends Error {
  override name = 'ScopeMissing';
  constructor(readonly scope: string) {
    super(`the scope ${scope} is missing`);
  }
}

const BACK = { href: '/appointments', text: 'Try again' };

/** Calls the API. It never looks into the access token, which is the API's business alone. */
export class ApiClient {
  constructor(private readonly config: Config) {}

  async list(accessToken: string): Promise<Appointment[]> {
    const { appointments } = Object(await this.#call(accessToken, 'GET', '/appointments'));
    if (Array.isArray(appointments) && appointments.every(isAppointment)) return appointments;
    throw unavailable(502, 'it sent no list of appointments');
  }

  async add(accessToken: string, appointment: Omit<Appointment, 'id'>): Promise<void> {
    await this.#call(accessToken, 'POST', '/appointments', appointment);
  }

  async remove(accessToken: string, id: string): Promise<void> {
    await this.#call(accessToken, 'DELETE', `/appointments/${encodeURIComponent(id)}`);
  }

  async #call(accessToken: string, method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await this.#send(accessToken, method, path, body);
    const challenge = response.headers.get('www-authenticate') ?? '';
    if (response.status === 401) throw new TokenRefused(challenge);
    if (response.status === 403) throw new ScopeMissing(/scope="([^"]*)"/.exec(challenge)?.[1] ?? '');
    if (response.status === 204) return undefined;
    const answer: unknown = await response.json().catch((error) => {
      throw unavailable(502, `it answered ${response.status} and no JSON`, error);
    });
    if (response.ok) return answer;
    if (response.status >= 500) throw unavailable(502, `it answered ${response.status}`);
    const detail = String(Object(answer).detail ?? 'It did not say why.');
    throw new PageError(response.status, 'The API refused this', detail, BACK);
  }

  async #send(accessToken: string, method: string, path: string, body: unknown): Promise<Response> {
    // BEGIN SOLUTION 3.2
    // STUB throw new PageError(501, 'Not built yet', 'Task 3.2 sends the access token.', BACK);
    const json = body === undefined ? {} : { 'Content-Type': 'application/json' };
    try {
      return await fetch(new URL(path, this.config.apiUrl), {
        method,
        headers: { Authorization: `Bearer ${accessToken}`, Accept: 'application/json', ...json },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // Milliseconds: one slow API must not make every page hang.
        signal: AbortSignal.timeout(3000),
        // A redirect would carry the access token to wherever it leads.
        redirect: 'error',
      });
    } catch (error) {
      throw unavailable(503, 'it does not answer', error);
    }
    // END SOLUTION
  }
}

/** @param why for the log. */
function unavailable(status: 502 | 503, why: string, cause?: unknown): PageError {
  const title = 'The appointments are not available';
  const down = 'The API does not answer. Try again in a moment.';
  const broken = 'The API has a problem. Try again in a moment.';
  const options = { cause: new Error(why, { cause }) };
  return new PageError(status, title, status === 503 ? down : broken, BACK, options);
}

const isAppointment = (value: unknown): value is Appointment =>
  ['id', 'title', 'startsAt'].every((name) => typeof Object(value)[name] === 'string');
