import * as oauth from 'oauth4webapi';
import { LogInFirst, oops } from './oops';

const env = process.env as Record<string, string>;
export const me: oauth.Client = { client_id: env.CLIENT_ID };
export const proof = oauth.ClientSecretPost(env.CLIENT_SECRET);
export const callbackUrl = `${env.BASE_URL}/callback`;
/** Plain http is for the local tenant; and nobody waits for ever. */
export const careful = () => ({
  [oauth.allowInsecureRequests]: env.ISSUER_BASE_URL.startsWith('http:'),
  signal: AbortSignal.timeout(5000),
});

let server: oauth.AuthorizationServer | undefined;
export async function tenant(): Promise<oauth.AuthorizationServer> {
  if (!server) {
    const issuer = new URL(env.ISSUER_BASE_URL);
    server = await translated(async () => oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, careful())));
  }
  return server;
}

/** Errors of the library and of the network become pages. */
export async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (e: any) {
    if (e?.oops || e instanceof LogInFirst) throw e;
    console.error('tenant:', e?.code ?? e?.name, e?.message);
    if (e instanceof oauth.AuthorizationResponseError) {
      throw oops(403, 'You are not logged in', 'You declined, or the tenant did not let you in.', '/login', 'Log in');
    }
    if (e instanceof oauth.ResponseBodyError || (e instanceof oauth.OperationProcessingError && e.code !== oauth.RESPONSE_IS_NOT_CONFORM && e.code !== oauth.PARSE_ERROR)) {
      throw Object.assign(oops(502, 'The login failed', 'What the tenant answered cannot be used.', '/login', 'Log in again'), { cause: e });
    }
    throw oops(503, 'The tenant does not answer', 'It is down or slow. Please try again later.');
  }
}
