import type { Config } from './config';
import { PageError } from './errors';

export interface Appointment {
  id: string;
  title: string;
  startsAt: string;
}

/** The API does not accept the access token: it expired, or was ended (RFC 6750, section 3.1). */
export class TokenRefused extends Error {
  override name = 'TokenRefused';
}

/** The access token is fine and lacks a scope. */
export class ScopeMissing extends Error {
  override name = 'ScopeMissing';
  constructor(readonly scope: string) {
    super(`the scope ${scope} is missing`);
  }
}

/** Milliseconds until the API must have answered. */
const TIMEOUT = 3000;

/** Calls the Appointments API with an access token. It never looks into the token: that is the API's business alone. */
export class AppointmentsApi {
  constructor(private readonly config: Config) {}

  async list(accessToken: string): Promise<Appointment[]> {
    const answer = await this.#call(accessToken, 'GET', '/appointments');
    const appointments = (answer as { appointments?: unknown } | null | undefined)?.appointments;
    if (!Array.isArray(appointments) || !appointments.every(isAppointment))
      throw unusable('it sent no list of appointments');
    return appointments;
  }

  async add(accessToken: string, appointment: { title: string; startsAt: string }): Promise<void> {
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
    const answer: unknown = await response.json().catch(() => {
      throw unusable(`it answered ${response.status} with something that is not JSON`);
    });
    if (response.ok) return answer;
    if (response.status >= 500) throw unusable(`it answered ${response.status}`);
    const detail = String((answer as { detail?: unknown } | null)?.detail ?? 'It did not say why.');
    throw new PageError(response.status, 'The API refused this', detail, BACK);
  }

  async #send(accessToken: string, method: string, path: string, body: unknown): Promise<Response> {
    // BEGIN SOLUTION 3.2
    // STUB throw new PageError(501, 'Not built yet', 'Task 3.2 sends the access token.', BACK);
    const url = new URL(path, this.config.apiUrl);
    try {
      return await fetch(url, {
        method,
        headers: {
          Authorization: `Bearer ${accessToken}`,
          Accept: 'application/json',
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT),
        // A redirect would carry the access token to wherever it leads.
        redirect: 'error',
      });
    } catch (error) {
      throw new PageError(
        503,
        'The appointments are not available',
        'The API does not answer. Try again in a moment.',
        BACK,
        { cause: error },
      );
    }
    // END SOLUTION
  }
}

function isAppointment(value: unknown): value is Appointment {
  const { id, title, startsAt } = (value ?? {}) as Record<string, unknown>;
  return [id, title, startsAt].every((text) => typeof text === 'string');
}

const BACK = { href: '/appointments', text: 'Try again' };

function unusable(why: string): PageError {
  return new PageError(
    502,
    'The appointments are not available',
    'The API has a problem. Try again in a moment.',
    BACK,
    { cause: new Error(why) },
  );
}
