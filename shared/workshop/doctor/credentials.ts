import { membersOf } from '../../lib/json';
import { type Finding, warning, wrong } from './finding';

/** Milliseconds until the tenant must have answered. */
const PATIENCE = 5000;

type Settings = Record<string, string | undefined>;

/** Whether the tenant takes the application's secret, and whether tokens are asked for an API.
 * @param issuer of the tenant; undefined if none is configured. */
export async function credentials(issuer: URL | undefined, settings: Settings): Promise<Finding[]> {
  if (!issuer) return [];
  return [...(await secret(issuer, settings)), ...audience(settings)];
}

function audience({ AUDIENCE = '' }: Settings): Finding[] {
  if (AUDIENCE !== '') return [];
  const seen = 'AUDIENCE is missing in .env, so access tokens are opaque, and the API refuses them with 401';
  return [warning('env-no-audience', seen, 'Set AUDIENCE to the identifier of your API in tenant.yaml.')];
}

/** A code that does not exist is redeemed: only a request with a right secret gets as far as the code. */
export async function secret(issuer: URL, settings: Settings): Promise<Finding[]> {
  const { CLIENT_ID = '', CLIENT_SECRET = '', BASE_URL = 'http://localhost:3000', CLIENT_AUTH } = settings;
  if (CLIENT_ID === '' || CLIENT_SECRET === '') return [];
  const basic = CLIENT_AUTH === 'basic';
  const encoded = [CLIENT_ID, CLIENT_SECRET].map(encodeURIComponent).join(':');
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: 'doctor',
    redirect_uri: `${BASE_URL.replace(/\/$/, '')}/callback`,
    ...(basic ? {} : { client_id: CLIENT_ID, client_secret: CLIENT_SECRET }),
  });
  const headers = basic ? { Authorization: `Basic ${Buffer.from(encoded).toString('base64')}` } : {};
  try {
    const answer = await fetch(new URL('/oauth/token', issuer), {
      method: 'POST',
      body,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE),
    });
    const { error } = membersOf(await answer.text());
    if (answer.status !== 401) return [];
    const seen = `The tenant at ${issuer.origin} refuses CLIENT_ID ${CLIENT_ID} with the CLIENT_SECRET of .env (401 ${typeof error === 'string' ? error : ''})`;
    const fix =
      'Copy both values again from the application’s settings. If you use the local tenant, delete both lines: npm start writes them again.';
    return [wrong('secret-refused', seen, fix)];
  } catch {
    // No answer: the check of the clock reports it.
    return [];
  }
}
