export type Outcome =
  | { kind: 'list'; titles: string[] }
  | { kind: 'not accepted' }
  | { kind: 'scope missing'; scope: string }
  | { kind: 'failed'; status: number };

const { API_URL = 'http://localhost:3001' } = process.env;

/** Asks the API for the user's appointments, with the time that a page has. */
export async function callApi(token: string): Promise<Outcome> {
  try {
    const response = await fetch(`${API_URL}/appointments`, {
      headers: { authorization: `bearer ${token}` },
      signal: AbortSignal.timeout(2500),
    });
    const challenge = response.headers.get('www-authenticate') ?? '';
    if (response.status === 401) return { kind: 'not accepted' };
    if (response.status === 403)
      return { kind: 'scope missing', scope: /scope="([^"]+)"/.exec(challenge)?.[1] ?? '' };
    if (!response.ok) return { kind: 'failed', status: 502 };
    const { appointments } = (await response.json()) as { appointments: { title: string }[] };
    return { kind: 'list', titles: appointments.map(({ title }) => title) };
  } catch {
    return { kind: 'failed', status: 504 };
  }
}
