import * as oauth from 'oauth4webapi';
import { ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET } from './env';
import { Stop } from './view';

const issuer = new URL(ISSUER_BASE_URL);
export const me: oauth.Client = { client_id: CLIENT_ID };
export const secret = oauth.ClientSecretPost(CLIENT_SECRET);
export const options = () => ({ [oauth.allowInsecureRequests]: issuer.protocol === 'http:', signal: AbortSignal.timeout(5000) });
export const SCOPE = [
  'openid', 'profile', 'email',
].join(' ');

let server: Promise<oauth.AuthorizationServer> | undefined;
export const tenant = () =>
  (server ??= oauth
    .discoveryRequest(issuer, options())
    .then((response) => oauth.processDiscoveryResponse(issuer, response))
    .catch((e) => {
      server = undefined;
      console.error(e);
      throw new Stop(503, 'The tenant is away', 'The log-in server does not answer.');
    }));
