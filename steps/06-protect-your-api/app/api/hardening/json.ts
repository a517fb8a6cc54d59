/** Stops: an issuer that never answers, and one that sends the API elsewhere (server-side request forgery). */

/** Milliseconds. */
const TIMEOUT = 3000;

/** Fetches a JSON document. @throws Error for any other answer than a success without a redirect. */
export async function json(url: URL): Promise<any> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT), redirect: 'error' });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}
