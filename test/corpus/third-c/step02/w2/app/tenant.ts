import * as oidc from 'openid-client';
import { settings } from './settings';

let current: Promise<oidc.Configuration> | undefined;
let previous: oidc.Configuration | undefined;
let renewAfter = 0;

/** Discovery, at the first need and every quarter of an hour. */
export async function tenant(): Promise<oidc.Configuration> {
  if (!current || Date.now() > renewAfter) {
    renewAfter = Date.now() + 15 * 60_000;
    current = oidc
      .discovery(new URL(settings.issuer), settings.clientId, undefined, oidc.ClientSecretPost(settings.clientSecret), {
        execute: [...(settings.issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : []), oidc.enableNonRepudiationChecks],
        timeout: 8,
      })
      .then((found) => (previous = found))
      .catch((error) => {
        current = undefined;
        if (previous) return previous;
        throw error;
      });
  }
  return current;
}
